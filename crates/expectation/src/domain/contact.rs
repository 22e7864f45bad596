//! Contacts: what customers undertake to be helped, and what of that is one contact.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

use super::{promise::Matter, quantity::Quantity};

/// Where a contact took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Web,
    App,
    Phone,
    Email,
    Chat,
    Letter,
    Branch,
    Partner,
    System,
}

/// A contact, or a part of one, and what it cost the customer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contact {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Option<Matter>,
    /// What it was about, in the words of its source; empty: it does not say.
    pub(crate) intent: String,
    /// Who helped, as its source has it; empty: it does not say, or nobody did.
    pub(crate) team: String,
    pub(crate) product: String,
    pub(crate) at: Timestamp,
    /// None: not known.
    pub(crate) channel: Option<Channel>,
    /// Whether the customer did something; false: the firm answered.
    pub(crate) by_customer: bool,
    /// How long they waited; none if nobody measured.
    pub(crate) wait: Option<Quantity>,
    /// How often they were passed on; none if nobody counted.
    pub(crate) transfers: Option<u32>,
    /// How often they were asked again for what they had told or sent before.
    pub(crate) asked_again: u32,
}

/// What contacts are about: a matter, or else what their source says. Contacts about one issue go on from each other.
pub(super) type Issue<'a> = (Option<&'a Matter>, &'a str);

/// How long after the last part on its channel something is a part of the same contact, in microseconds: an hour.
const ONE_CONTACT: i64 = 3_600_000_000;

impl Contact {
    fn issue(&self) -> Option<Issue<'_>> {
        match &self.matter {
            Some(matter) => Some((Some(matter), "")),
            None => (!self.intent.is_empty()).then_some((None, self.intent.as_str())),
        }
    }
}

/// What customers undertook about each issue, from first to last: what follows within an hour on its channel is the same contact.
pub(super) fn undertaken<'a>(contacts: impl Iterator<Item = &'a Contact>) -> BTreeMap<Issue<'a>, Vec<&'a Contact>> {
    let mut issues: BTreeMap<_, Vec<&Contact>> = BTreeMap::new();
    for contact in contacts.filter(|contact| contact.by_customer) {
        contact.issue().into_iter().for_each(|issue| issues.entry(issue).or_default().push(contact));
    }
    for parts in issues.values_mut() {
        parts.sort_unstable_by_key(|part| (part.at, part.touchpoint));
        let mut last: BTreeMap<Option<Channel>, Timestamp> = BTreeMap::new();
        parts.retain(|part| {
            let before = last.insert(part.channel, part.at);
            before.is_none_or(|before| part.at.0.saturating_sub(before.0) > ONE_CONTACT)
        });
    }
    issues
}

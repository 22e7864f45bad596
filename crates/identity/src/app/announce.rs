//! Puts what was decided into the journal.

use std::{cmp::Reverse, collections::BTreeMap};

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, RecordId, Tenant, Timestamp, record::IdSecret};
use tenure_linkage::Scorer;
use tenure_proto::identity::v1::{self as pb, memberships_changed::Cause};

use crate::{
    config::JOINING,
    domain::{
        change::{Change, Redirect},
        edge::bits,
        joined::Joined,
        pending::Pending,
        person::Move,
    },
};

/// The traces of the calls behind records' changes.
pub(crate) type Traces = BTreeMap<RecordId, String>;

/// Entries on behalf of one tenant.
pub(crate) struct Announcer<'a> {
    /// The tenant.
    pub(crate) tenant: &'a Tenant,
    /// The tenant's id-secret.
    pub(crate) secret: &'a IdSecret,
    /// The time.
    pub(crate) at: Timestamp,
    /// What the records were weighed by.
    pub(crate) scorer: &'a Scorer,
}

impl Announcer<'_> {
    /// What else changed, and because of what, unless it is because of records that were erased.
    pub(crate) fn concluded(&self, changes: Vec<Change>, cause: Cause, traces: &Traces) -> Vec<Draft> {
        let draft = |change: Change| {
            let erased = change.moves.iter().any(|one| one.to.is_none());
            let cause = if erased { Cause::Erased } else { cause };
            let trace = change.moves.iter().find_map(|one| traces.get(&one.record)).cloned();
            self.draft(&change, cause, Vec::new()).traced(trace)
        };
        changes.into_iter().map(draft).collect()
    }

    /// What a steward's decision changed.
    pub(crate) fn decided(&self, change: &Change, cause: Cause, decision: [u8; 16]) -> Draft {
        self.draft(change, cause, decision.to_vec())
    }

    /// Of which records it is open now, or is no longer, whose they are; none if of none.
    pub(crate) fn pending(&self, pending: &[Pending]) -> Option<Draft> {
        let first = pending.first()?;
        let identity = |one: &Pending| pb::PendingIdentity {
            record_id: one.record.0.to_vec(),
            pending: one.pending,
            version: one.version,
        };
        let payload = pb::PendingIdentitiesChanged { identities: pending.iter().map(identity).collect() };
        // What is told of a record has each version once.
        let id = EntryId(self.secret.derive("pending", &[&first.record.0, &first.version.to_be_bytes()]));
        let route = Route::Records(pending.iter().map(|one| one.record).collect());
        Some(Draft::new(id, self.tenant.clone(), route, &payload, self.at))
    }

    fn draft(&self, change: &Change, cause: Cause, decision_id: Vec<u8>) -> Draft {
        let payload = pb::MembershipsChanged {
            cause: cause.into(),
            moves: change.moves.iter().map(to_move).collect(),
            redirects: change.redirects.iter().map(to_redirect).collect(),
            decision_id,
            model_version: self.scorer.model().version.clone(),
            links: heaviest(&change.joined),
        };
        let route = Route::Records(change.moves.iter().map(|one| one.record).collect());
        Draft::new(self.entry_id(change), self.tenant.clone(), route, &payload, self.at)
    }

    /// The same for the same conclusion: a record's membership has each version once.
    fn entry_id(&self, change: &Change) -> EntryId {
        let versions: Vec<Vec<u8>> =
            change.moves.iter().map(|one| [one.record.0.as_slice(), &one.version.to_be_bytes()].concat()).collect();
        let parts: Vec<&[u8]> = versions.iter().map(Vec::as_slice).collect();
        EntryId(self.secret.derive("memberships", &parts))
    }
}

fn heaviest(joined: &[Joined]) -> Vec<pb::Link> {
    let mut joined = joined.to_vec();
    joined.sort_unstable_by_key(|pair| (Reverse(pair.weight), pair.left, pair.right));
    let link = |pair: &Joined| pb::Link {
        left_record_id: pair.left.0.to_vec(),
        right_record_id: pair.right.0.to_vec(),
        weight: bits(pair.weight),
    };
    joined.iter().take(JOINING).map(link).collect()
}

fn to_move(one: &Move) -> pb::Move {
    let bytes = |id: Option<tenure_kernel::PersonId>| id.map(|id| id.0.to_vec()).unwrap_or_default();
    pb::Move {
        record_id: one.record.0.to_vec(),
        from_person_id: bytes(one.from),
        to_person_id: bytes(one.to),
        version: one.version,
    }
}

fn to_redirect(redirect: &Redirect) -> pb::Redirect {
    pb::Redirect {
        from_person_id: redirect.from.0.to_vec(),
        to_person_id: redirect.to.map(|id| id.0.to_vec()).unwrap_or_default(),
        version: redirect.version,
    }
}

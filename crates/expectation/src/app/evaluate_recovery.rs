//! What a recovery campaign did, against those who were held out.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant};
use tenure_proto::expectation::v1::RecoveryCampaign;
use tenure_server::Call;

use super::{
    App, feeds,
    judge::Rules,
    person::{self, Person},
    recoveries::{campaign, first},
    weights,
};
use crate::{
    domain::{
        recovery::{Arm, Decided, Ground, Group, Outcome, known, outcome, seen_at},
        standing::Feeds,
    },
    store::{MEMBERSHIPS, recovery},
};

/// Decisions that are looked at together.
const PAGE: i64 = 500;

/// How both sides fare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fared {
    pub(crate) treated: Arm,
    pub(crate) held_out: Arm,
    /// Customers of whom it is too soon to tell.
    pub(crate) pending: u64,
    /// Customers who were owed redress, and so not drawn.
    pub(crate) redress_owed: u64,
    /// Customers who turned out to be one, and were drawn for both sides.
    pub(crate) mixed: u64,
}

impl App {
    /// The campaign, and how both sides fare by now.
    pub(crate) async fn evaluate_recovery(
        &self,
        call: &Call,
        code: &str,
    ) -> Result<(RecoveryCampaign, Fared), Refusal> {
        let tenant = call.tenant()?;
        let campaign = campaign(&self.store, tenant, code).await?;
        let feeds = feeds(&self.store, tenant).await?;
        let rules = self.refolder.rules.with(weights::of(&self.store, tenant).await?);
        let (mut fared, mut last) = (Fared::default(), RecordId::default());
        loop {
            let page = recovery::after(&self.store, tenant, code, (last, PAGE)).await?;
            let Some(end) = page.keys().next_back() else { return Ok((campaign, fared)) };
            last = *end;
            self.look_at(tenant, (code, &rules, &feeds), &page.into_keys().collect(), &mut fared).await?;
        }
    }

    /// Counts the persons whose first decision is one of these.
    async fn look_at(
        &self,
        tenant: &Tenant,
        (code, rules, feeds): (&str, &Rules, &Feeds),
        page: &BTreeSet<RecordId>,
        fared: &mut Fared,
    ) -> Result<(), Refusal> {
        let persons = MEMBERSHIPS.owners(&self.store, tenant, page).await?;
        let members = MEMBERSHIPS.members(&self.store, tenant, &persons).await?;
        let records: BTreeSet<RecordId> = members.values().flatten().copied().collect();
        let decisions = recovery::of_records(&self.store, tenant, code, &records).await?;
        let mine: BTreeMap<PersonId, BTreeSet<RecordId>> = members
            .into_iter()
            .filter(|(_, own)| first(&decisions, own).is_some_and(|(record, _)| page.contains(&record)))
            .collect();
        for person in person::load_all(&self.store, tenant, mine).await?.into_values() {
            let own: Vec<Decided> = person.records.iter().filter_map(|record| decisions.get(record)).copied().collect();
            self.count(person, &own, (rules, feeds), fared);
        }
        Ok(())
    }

    fn count(&self, mut person: Person, decisions: &[Decided], (rules, feeds): (&Rules, &Feeds), fared: &mut Fared) {
        let Some(first) = decisions.iter().min() else { return };
        if decisions.iter().any(|one| one.ground == Ground::RedressOwed) {
            fared.redress_owed += 1;
            return;
        }
        if decisions.iter().any(|one| one.group != first.group) {
            fared.mixed += 1;
            return;
        }
        let (now, at) = (self.refolder.now(), seen_at(first.at));
        let complaints = rules.complaints(&person, now);
        person.history.facts = known(&person.history.facts, at);
        let band = rules.judge(&person, feeds, at).assessment.band;
        let arm = match first.group {
            Group::Treat => &mut fared.treated,
            Group::HoldOut => &mut fared.held_out,
        };
        match outcome(first.at, band, &complaints, now) {
            Outcome::Pending => fared.pending += 1,
            Outcome::Recovered => {
                arm.customers += 1;
                arm.recovered += 1;
            }
            Outcome::NotRecovered => arm.customers += 1,
        }
    }
}

//! Recovery campaigns: whom a cause struck is offered a gesture, or is held out.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, PersonId, Reason, RecordId, Refusal, Tenant};
use tenure_proto::expectation::v1::{RecoveryCampaign, RecoveryDefined};
use tenure_records::is_restricted;
use tenure_server::{Call, wire};
use tenure_store::{Query, StoreError, Tx};

use super::{
    App, Paged,
    person::{self, Person},
};
use crate::{
    api::convert::recovery::{cause, decided},
    domain::recovery::{Decided, Ground, Group, draw},
    store::{MEMBERSHIPS, person_cause, recovery},
};

const DECIDE: &str = "tenure.expectation.v1.ExpectationService/DecideRecovery";
/// What hold-outs are drawn by.
const SECRET: &str = "recovery hold-outs";

/// A page of whom to decide of.
#[derive(Debug, Clone)]
pub(crate) struct DecideRecovery {
    pub(crate) campaign: String,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
}

/// What was decided of a person, and the record that it is kept under.
#[derive(Debug, Clone)]
pub(crate) struct Recovering {
    pub(crate) person: PersonId,
    pub(crate) record: RecordId,
    pub(crate) decided: Decided,
}

/// The campaign of a code.
pub(super) async fn campaign(query: &impl Query, tenant: &Tenant, code: &str) -> Result<RecoveryCampaign, Refusal> {
    recovery::campaign(query, tenant, code).await?.ok_or_else(Refusal::not_found)
}

/// The decision that counts of those on a person's records: the first.
pub(super) fn first(decisions: &recovery::Decisions, records: &BTreeSet<RecordId>) -> Option<(RecordId, Decided)> {
    let own = records.iter().filter_map(|record| decisions.get(record).map(|decided| (*decided, *record)));
    own.min().map(|(decided, record)| (record, decided))
}

impl App {
    /// Defines a campaign. Once it is, it stays as it is: what was drawn must hold.
    pub(crate) async fn define_recovery(
        &self,
        call: &Call,
        mut asked: RecoveryCampaign,
    ) -> Result<RecoveryCampaign, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-recovery-{tenant}-{}", asked.campaign_code)).await?;
        if let Some(there) = recovery::campaign(&tx, tenant, &asked.campaign_code).await? {
            tx.rollback().await?;
            asked.define_time = there.define_time;
            let (field, why) = ("campaign.campaign_code", "there is one of this code that is defined otherwise");
            return if asked == there { Ok(there) } else { Err(Refusal::field(field, Reason::FieldNotAllowed, why)) };
        }
        asked.define_time = Some(wire::to_wire(self.refolder.now()));
        recovery::define(&tx, tenant, &asked).await?;
        let defined = RecoveryDefined { campaign: Some(asked.clone()) };
        let id = EntryId(self.ids.next());
        let draft = Draft::new(id, tenant.clone(), Route::All, &defined, self.refolder.now());
        self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        Ok(asked)
    }

    /// Decides of the next customers whom the cause struck, by person, and answers what was decided before of those that it was.
    pub(crate) async fn decide_recovery(&self, call: &Call, ask: DecideRecovery) -> Result<Paged<Recovering>, Refusal> {
        let tenant = call.tenant()?;
        let filter = ask.campaign.as_bytes();
        let after = match ask.page_token.as_str() {
            "" => PersonId::default(),
            token => PersonId::from_slice(&self.tokens.decode(tenant, DECIDE, filter, token)?).unwrap_or_default(),
        };
        let campaign = campaign(&self.store, tenant, &ask.campaign).await?;
        let secret = self.keyring.suite_secret(SECRET).await?;
        let last = self.day(campaign.define_time.as_ref().and_then(wire::timestamp));
        let days = (last.saturating_sub(campaign.days), last);
        let limit = i64::try_from(ask.page_size).unwrap_or(i64::MAX - 1) + 1;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-recovery-{tenant}-{}", ask.campaign)).await?;
        let found = person_cause::silent(&tx, tenant, &cause(&campaign), days, (after, limit)).await?;
        let page = Paged::of(found, ask.page_size, |last| self.tokens.encode(tenant, DECIDE, filter, &last.person.0));
        let persons = page.items.iter().map(|one| one.person).collect();
        let (decisions, new) = self.allot(&tx, tenant, (&campaign, &secret), &persons).await?;
        recovery::decide(&tx, tenant, &ask.campaign, &new).await?;
        if new.is_empty() {
            tx.rollback().await?;
        } else {
            let (id, route) = (EntryId(self.ids.next()), Route::Records(new.keys().copied().collect()));
            let entry = decided(&ask.campaign, &new, self.refolder.now());
            let draft = Draft::new(id, tenant.clone(), route, &entry, self.refolder.now());
            self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        }
        Ok(Paged { items: decisions, next_page_token: page.next_page_token })
    }

    /// What is decided of persons, and which of it is new. Whoever is restricted or died is left out.
    async fn allot(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        (campaign, secret): (&RecoveryCampaign, &[u8; 32]),
        persons: &BTreeSet<PersonId>,
    ) -> Result<(Vec<Recovering>, recovery::Decisions), StoreError> {
        let members = MEMBERSHIPS.members(tx, tenant, persons).await?;
        let records: BTreeSet<RecordId> = members.values().flatten().copied().collect();
        let known = recovery::of_records(tx, tenant, &campaign.campaign_code, &records).await?;
        let undecided: BTreeMap<PersonId, BTreeSet<RecordId>> = members
            .iter()
            .filter(|(_, own)| first(&known, own).is_none())
            .map(|(id, own)| (*id, own.clone()))
            .collect();
        let undecided = person::load_all(tx, tenant, undecided).await?;
        let (mut decisions, mut new) = (Vec::new(), recovery::Decisions::new());
        for (id, own) in &members {
            let (record, decided) = match (first(&known, own), undecided.get(id)) {
                (Some(there), _) => there,
                (None, Some(person)) => {
                    let Some((record, decided)) = self.drawn(tenant, (campaign, secret), person) else { continue };
                    new.insert(record, decided);
                    (record, decided)
                }
                (None, None) => continue,
            };
            decisions.push(Recovering { person: *id, record, decided });
        }
        Ok((decisions, new))
    }

    fn drawn(
        &self,
        tenant: &Tenant,
        (campaign, secret): (&RecoveryCampaign, &[u8; 32]),
        person: &Person,
    ) -> Option<(RecordId, Decided)> {
        let (record, now) = (*person.records.first()?, self.refolder.now());
        if person.history.deceased || is_restricted(&person.history.restrictions, now) {
            return None;
        }
        let owed = self.refolder.rules.complaints(person, now).iter().any(|complaint| complaint.owed().is_some());
        let percent = u8::try_from(campaign.holdout_percent).unwrap_or_default();
        let (group, ground) = match owed {
            true => (Group::Treat, Ground::RedressOwed),
            false => (draw(secret, tenant, &campaign.campaign_code, record, percent), Ground::Drawn),
        };
        Some((record, Decided { at: now, group, ground }))
    }
}

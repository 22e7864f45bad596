//! What a steward's merge and split have in common: one transaction under the tenant's lock, carried out once per request id.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_journal::{Draft, read_page};
use tenure_kernel::{DecisionId, EntryId, PersonId, Reason, RecordId, Refusal, Tenant, Timestamp, record::IdSecret};
use tenure_proto::identity::v1::memberships_changed::Cause;
use tenure_store::{StoreError, Tx};

use super::{Context, announce::Announcer, desk::Desk, lock, settle};
use crate::{
    domain::{
        decision::Decision,
        neighbourhood::Neighbourhood,
        person::{Person, Settlement, Standing, resolve},
    },
    store::{self, Place, generation, membership, request},
};

/// A request that is carried out once.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// The caller's own id of it.
    pub(crate) id: &'a str,
    /// Everything that it asks, encoded, with the name of the RPC.
    pub(crate) body: Vec<u8>,
    /// The W3C traceparent of the call.
    pub(crate) traceparent: Option<String>,
}

impl Request<'_> {
    /// What tells one body from another without keeping it.
    pub(crate) fn digest(&self, secret: &IdSecret) -> [u8; 16] {
        secret.derive("request", &[&self.body])
    }
}

/// That a request id came before with another body.
pub(crate) fn reused() -> Refusal {
    Refusal::new(Reason::RequestIdReused, "the request_id was used with another body")
}

/// What came of a request.
pub(crate) struct Answer {
    /// The persons after it, in the order of the answer.
    pub(crate) persons: Vec<Standing>,
    /// For reads that must have seen it.
    pub(crate) read_token: String,
    /// The decision that it made, if any.
    pub(crate) decision: Option<DecisionId>,
}

/// A decision under way.
pub(crate) struct Session<'a> {
    context: &'a Context,
    pub(crate) tenant: &'a Tenant,
    pub(crate) tx: Tx,
    request: &'a Request<'a>,
    secret: Arc<IdSecret>,
    generation: i64,
    body: [u8; 16],
    drafts: Vec<Draft>,
}

impl<'a> Session<'a> {
    /// Begins. Take the journal's turn before.
    pub(crate) async fn begin(
        context: &'a Context,
        tenant: &'a Tenant,
        request: &'a Request<'a>,
    ) -> Result<Self, Refusal> {
        let secret = context.keyring.id_secret(tenant).await?;
        let body = request.digest(&secret);
        let tx = context.store.begin().await?;
        lock(&tx, tenant).await?;
        let generation = generation::hold(&tx).await?;
        Ok(Self { context, tenant, tx, request, secret, generation, body, drafts: Vec::new() })
    }

    pub(crate) fn place(&self) -> Place<'a> {
        Place { tenant: self.tenant, generation: self.generation }
    }

    async fn desk(&self) -> Result<Desk<'_>, StoreError> {
        Desk::new(&self.tx, self.place(), &self.context.keyring, &self.context.models).await
    }

    /// What the same request was answered before.
    pub(crate) async fn earlier(&self) -> Result<Option<Answer>, Refusal> {
        let Some(carried) = request::find(&self.tx, self.tenant, self.request.id).await? else { return Ok(None) };
        if carried.body != self.body {
            return Err(reused());
        }
        let sequence = match carried.entry {
            Some(entry) => self.sequence(entry, carried.journal_head).await?,
            None => carried.journal_head,
        };
        let read_token = self.context.journal.token(sequence);
        Ok(Some(Answer { persons: carried.answer, read_token, decision: self.made().await? }))
    }

    /// Where an entry stands that was appended behind a position.
    async fn sequence(&self, entry: EntryId, mut after: i64) -> Result<i64, StoreError> {
        loop {
            let page = read_page(&self.tx, after, &BTreeSet::new()).await?;
            if let Some(found) = page.entries.iter().find(|one| one.entry_id == entry.0) {
                return Ok(found.sequence);
            }
            if !page.full {
                return Ok(page.high_water);
            }
            after = page.high_water;
        }
    }

    /// The persons that ids lead to, in the order of the ids, and of the expected etags where there are any.
    pub(crate) async fn persons(&self, ids: &[PersonId], etags: &[String]) -> Result<Vec<Person>, Refusal> {
        let known = store::person::load(&self.tx, self.tenant, ids.iter().copied()).await?;
        let mut persons = Vec::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            let person = resolve(&known, *id).ok_or_else(Refusal::not_found)?;
            let expected = etags.get(place).filter(|etag| !etag.is_empty());
            if expected.is_some_and(|etag| *etag != Standing::from(person).etag()) {
                return Err(Refusal::new(Reason::EtagMismatch, "the person changed since its etag was read")
                    .with("person_id", person.id.to_string()));
            }
            persons.push(person.clone());
        }
        Ok(persons)
    }

    fn decision_id(&self) -> [u8; 16] {
        self.secret.derive("decision", &[self.request.id.as_bytes()])
    }

    /// The decision that the request made, whatever became of it.
    async fn made(&self) -> Result<Option<DecisionId>, StoreError> {
        let id = self.decision_id();
        Ok(store::decision::is_known(&self.tx, self.tenant, id).await?.then_some(DecisionId(id)))
    }

    /// The id and the sequence of a new decision.
    pub(crate) async fn next_decision(&self) -> Result<([u8; 16], i64), StoreError> {
        let id = self.decision_id();
        Ok((id, store::decision::next_sequence(&self.tx, self.tenant).await?))
    }

    /// Makes a decision about records from all that it can reach, and settles what follows from it.
    pub(crate) async fn decide(
        &mut self,
        records: BTreeSet<RecordId>,
        decide: impl FnOnce(&Desk<'_>, &Neighbourhood) -> Decision,
        cause: Cause,
    ) -> Result<(), StoreError> {
        let at = self.context.clock.now();
        let mut desk = self.desk().await?;
        let mut around = settle::explore(&mut desk, records.iter().copied()).await?;
        settle::face(&mut desk, &mut around, records).await?;
        let decision = decide(&desk, &around);
        store::decision::add(&self.tx, self.tenant, &decision, at).await?;
        let id = decision.id;
        around.decided(decision);
        let settlement = settle::conclude(&mut desk, &around, &BTreeSet::new()).await?;
        self.drafts = self.drafts(&desk, &settlement, (cause, id, at));
        Ok(())
    }

    fn drafts(
        &self,
        desk: &Desk<'_>,
        settlement: &Settlement,
        (cause, decision, at): (Cause, [u8; 16], Timestamp),
    ) -> Vec<Draft> {
        let announcer = Announcer { tenant: self.tenant, secret: &self.secret, at, scorer: &desk.scorer };
        let moved = settlement.whole().map(|change| announcer.decided(&change, cause, decision));
        let drafts = moved.into_iter().chain(announcer.pending(&settlement.pending));
        drafts.map(|draft| draft.traced(self.request.traceparent.clone())).collect()
    }

    /// Takes a decision about records back, and settles what follows from that.
    pub(crate) async fn undo(&mut self, id: [u8; 16], records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
        let at = self.context.clock.now();
        store::decision::undo(&self.tx, self.tenant, id, at).await?;
        let mut desk = self.desk().await?;
        let around = settle::explore(&mut desk, records.iter().copied()).await?;
        let settlement = settle::conclude(&mut desk, &around, &BTreeSet::new()).await?;
        self.drafts = self.drafts(&desk, &settlement, (Cause::Undone, id, at));
        Ok(())
    }

    /// The smallest record of each person that the records belong to.
    pub(crate) async fn firsts(&self, records: &BTreeSet<RecordId>) -> Result<Vec<RecordId>, StoreError> {
        let mut firsts: BTreeMap<PersonId, RecordId> = BTreeMap::new();
        for (record, person) in membership::persons(&self.tx, self.tenant, records).await? {
            firsts.entry(person).or_insert(record);
        }
        Ok(firsts.into_values().collect())
    }

    /// Keeps the answer, which is about the persons that these records belong to now, and commits.
    pub(crate) async fn finish(self, records: &[RecordId]) -> Result<Answer, Refusal> {
        let persons = self.standings(records).await?;
        let journal = &self.context.journal;
        let carried = request::Carried {
            body: self.body,
            answer: persons.clone(),
            entry: self.drafts.last().map(|draft| draft.id),
            journal_head: journal.head_by(&self.tx).await?,
        };
        request::add(&self.tx, self.tenant, self.request.id, &carried).await?;
        let decision = self.made().await?;
        let sequence = journal.commit(self.tx, self.drafts).await?;
        Ok(Answer { persons, read_token: journal.token(sequence.max(carried.journal_head)), decision })
    }

    async fn standings(&self, records: &[RecordId]) -> Result<Vec<Standing>, Refusal> {
        let homes = membership::persons(&self.tx, self.tenant, &records.iter().copied().collect()).await?;
        let known = store::person::load(&self.tx, self.tenant, homes.values().copied()).await?;
        let standing = |record: &RecordId| homes.get(record).and_then(|home| known.get(home)).map(Standing::from);
        records.iter().map(|record| standing(record).ok_or_else(Refusal::not_found)).collect()
    }

    /// The records of persons.
    pub(crate) async fn members(
        &self,
        persons: &[Person],
    ) -> Result<BTreeMap<PersonId, BTreeSet<RecordId>>, StoreError> {
        let ids = persons.iter().map(|person| person.id).collect();
        let mut members: BTreeMap<PersonId, BTreeSet<RecordId>> = BTreeMap::new();
        for (record, membership) in membership::members(&self.tx, self.tenant, &ids).await? {
            members.entry(membership.person).or_default().insert(record);
        }
        Ok(members)
    }
}

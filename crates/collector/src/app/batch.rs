//! What becomes of a batch of items of one tenant, decided and written in one transaction.

use std::collections::{HashMap, HashSet};

use tenure_kernel::{QuarantineId, Reason, RecordId, Refusal, Tenant, Violation, record::IdSecret};
use tenure_store::{Query, StoreError, Tx};

use super::{App, intake::Item};
use crate::{
    domain::{
        intake::{self, Admission, Arrival, Held, Verdict},
        outcome::{Outcome, Status},
    },
    store::{
        erased,
        quarantine::{self, Aside},
        seen, tally,
    },
};

/// Items of one tenant, in the order in which they came.
pub(crate) struct Batch<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) secret: &'a IdSecret,
    pub(crate) items: Vec<&'a Item>,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another transaction took what this one was about to take; all must be decided again.
    Lost,
    /// Nothing was written.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// What becomes of each item, before the quarantine is asked.
type Fates = Vec<Fate>;

enum Fate {
    Suppressed,
    Decided(Verdict),
    /// Without an id there is nothing to decide.
    Nameless,
}

impl App {
    /// Says what would become of a batch.
    pub(super) async fn judge(&self, batch: &Batch<'_>) -> Result<Vec<Outcome>, StoreError> {
        let erased = Erased::of(&self.store, batch).await?;
        let arrivals = arrivals(batch, &erased);
        let named = arrivals.iter().flat_map(|arrival| [Some(arrival.touchpoint), arrival.target]);
        let mut slots = seen::find(&self.store, batch.tenant, named.flatten().collect()).await?;
        let fates = fates(batch, &erased, intake::decide(&arrivals, &mut slots));
        let (ids, admissions) = self.admissions(&self.store, batch, &fates).await?;
        Ok(outcomes(batch, &fates, ids, admissions))
    }

    /// Decides about a batch and writes what it decides, all but the tally and the journal.
    pub(super) async fn take_in(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let erased = Erased::of(tx, batch).await?;
        let arrivals = arrivals(batch, &erased);
        let verdicts = take_slots(tx, batch.tenant, &arrivals).await?;
        let fates = fates(batch, &erased, verdicts);
        let (ids, mut admissions) = self.admissions(tx, batch, &fates).await?;
        self.set_aside(tx, batch, &fates, &ids, &mut admissions).await?;
        Ok(outcomes(batch, &fates, ids, admissions))
    }

    /// Decides about an item that comes out of quarantine, and takes its id. One that is not accepted stays there.
    pub(super) async fn retake(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        id: QuarantineId,
    ) -> Result<Option<Outcome>, Failure> {
        let erased = Erased::of(tx, batch).await?;
        let verdicts = take_slots(tx, batch.tenant, &arrivals(batch, &erased)).await?;
        let fates = fates(batch, &erased, verdicts);
        Ok(outcomes(batch, &fates, vec![id], vec![Admission::New]).pop())
    }

    /// How many items a tenant's quarantine takes.
    pub(super) async fn quarantine_room(&self, query: &impl Query, tenant: &Tenant) -> Result<u64, StoreError> {
        Ok(self.config.quarantine_limit.saturating_sub(tally::in_quarantine(query, tenant).await?))
    }

    /// What the quarantine does with the items that are not accepted, in order.
    async fn admissions(
        &self,
        query: &impl Query,
        batch: &Batch<'_>,
        fates: &Fates,
    ) -> Result<(Vec<QuarantineId>, Vec<Admission>), StoreError> {
        let aside = batch.items.iter().zip(fates).filter(|(_, fate)| is_aside(fate));
        let ids: Vec<QuarantineId> = aside.map(|(item, _)| item.quarantine_id(batch.secret)).collect();
        if ids.is_empty() {
            return Ok((ids, Vec::new()));
        }
        let mut known = quarantine::find(query, batch.tenant, &ids).await?;
        let room = self.quarantine_room(query, batch.tenant).await?;
        let admissions = intake::admit(&ids, &mut known, room);
        Ok((ids, admissions))
    }

    /// Puts the new ones into quarantine. What another transaction put there meanwhile becomes known.
    async fn set_aside(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        fates: &Fates,
        ids: &[QuarantineId],
        admissions: &mut [Admission],
    ) -> Result<(), Failure> {
        let aside = batch.items.iter().zip(fates).filter(|(_, fate)| is_aside(fate));
        let new = aside.zip(ids).zip(admissions.iter()).filter(|(_, admission)| **admission == Admission::New);
        let new: Vec<_> = new.map(|(((item, fate), id), _)| (*item, fate, *id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        // Those that only the look-up of their id showed to be wrong have no key yet.
        let unsealed = new.iter().filter(|(item, ..)| item.sealed.is_none()).map(|(.., id)| id.0);
        let keys = self.keyring.data_keys(batch.tenant, unsealed, true).await?;
        let mut rows = Vec::with_capacity(new.len());
        for (item, fate, id) in new {
            // Without a key it was here before and left: its key is destroyed.
            let sealed = item.sealed.clone().or_else(|| keys.seal(id.0, &item.raw));
            rows.extend(sealed.map(|sealed| Aside {
                id,
                source: item.source.clone(),
                received_at: item.received_at,
                sealed,
                violations: wrong(item, fate),
                records: item.records.clone(),
            }));
        }
        let sent: HashSet<QuarantineId> = rows.iter().map(|row| row.id).collect();
        let added = quarantine::add(tx, batch.tenant, rows).await?;
        for (id, admission) in ids.iter().zip(admissions) {
            if *admission == Admission::New && !added.contains(id) {
                *admission = Admission::Known(if sent.contains(id) { Held::Open } else { Held::Settled });
            }
        }
        Ok(())
    }
}

/// The subjects of a batch that were erased.
struct Erased(HashSet<RecordId>);

impl Erased {
    async fn of(query: &impl Query, batch: &Batch<'_>) -> Result<Self, StoreError> {
        let records = batch.items.iter().flat_map(|item| item.records.iter().copied());
        erased::among(query, batch.tenant, records).await.map(Self)
    }

    /// Whether nothing of an item may be accepted.
    fn is_primary(&self, item: &Item) -> bool {
        item.erased || item.record.is_some_and(|record| self.0.contains(&record))
    }

    /// Whether an item may not be set aside: nothing of a subject could be taken out of it later.
    fn is_any(&self, item: &Item) -> bool {
        self.is_primary(item) || item.records.iter().any(|record| self.0.contains(record))
    }
}

/// The items that have an id and are not about an erased record.
fn arrivals(batch: &Batch<'_>, erased: &Erased) -> Vec<Arrival> {
    let arrival = |item: &&Item| {
        Some(Arrival {
            touchpoint: item.touchpoint.filter(|_| !erased.is_primary(item))?,
            body: item.body,
            subjects: item.subjects,
            target: item.target,
            sound: item.is_sound(),
        })
    };
    batch.items.iter().filter_map(arrival).collect()
}

/// Takes the ids of arrivals. They are taken first, as if all were free, so that no other transaction can take them; what
/// turns out otherwise is put right.
async fn take_slots(tx: &Tx, tenant: &Tenant, arrivals: &[Arrival]) -> Result<Vec<Verdict>, Failure> {
    let (verdicts, claims) = intake::claims(arrivals);
    let mut prior = seen::claim(tx, tenant, &claims.slots).await?;
    prior.extend(seen::find(tx, tenant, claims.looked_up).await?);
    if prior.is_empty() && claims.exact {
        return Ok(verdicts);
    }
    let mut decided = prior.clone();
    let verdicts = intake::decide(arrivals, &mut decided);
    match seen::settle(tx, tenant, &claims.slots, &prior, &decided).await? {
        true => Ok(verdicts),
        false => Err(Failure::Lost),
    }
}

/// There is a verdict for each arrival, in order.
fn fates(batch: &Batch<'_>, erased: &Erased, verdicts: Vec<Verdict>) -> Fates {
    let mut verdicts = verdicts.into_iter();
    let fate = |item: &&Item| {
        let arrives = item.touchpoint.is_some() && !erased.is_primary(item);
        let fate = arrives.then(|| verdicts.next()).flatten().map_or(Fate::Nameless, Fate::Decided);
        if is_aside(&fate) && erased.is_any(item) { Fate::Suppressed } else { fate }
    };
    batch.items.iter().map(fate).collect()
}

fn is_aside(fate: &Fate) -> bool {
    !matches!(fate, Fate::Suppressed | Fate::Decided(Verdict::Accept | Verdict::Duplicate))
}

/// Everything that is wrong with an item that is set aside.
fn wrong(item: &Item, fate: &Fate) -> Vec<Violation> {
    let changed = if item.target.is_some() { "amendment.target_event_id" } else { "subjects" };
    let found = match fate {
        Fate::Decided(Verdict::IdReused) => {
            Some(Violation::new("event_id", Reason::EventIdReused, "came before with another body"))
        }
        Fate::Decided(Verdict::SubjectChanged) => Some(Violation::new(
            changed,
            Reason::AmendmentSubjectChanged,
            "original and amendments must name the same subjects",
        )),
        Fate::Decided(Verdict::AmendmentAmended) => Some(Violation::new(
            "amendment.target_event_id",
            Reason::FieldNotAllowed,
            "an amendment names the original, and can't be amended itself",
        )),
        _ => None,
    };
    found.into_iter().chain(item.violations.iter().cloned()).collect()
}

fn outcomes(batch: &Batch<'_>, fates: &Fates, ids: Vec<QuarantineId>, admissions: Vec<Admission>) -> Vec<Outcome> {
    let mut aside = ids.into_iter().zip(admissions);
    let outcome = |(item, fate): (&&Item, &Fate)| {
        let plain = |status| Outcome {
            status,
            touchpoint: item.touchpoint,
            record: item.record,
            quarantine: None,
            violations: Vec::new(),
        };
        match fate {
            Fate::Suppressed => plain(Status::Suppressed),
            Fate::Decided(Verdict::Accept) => plain(Status::Accepted),
            Fate::Decided(Verdict::Duplicate) => plain(Status::Duplicate),
            Fate::Decided(_) | Fate::Nameless => admitted(plain(Status::Refused), wrong(item, fate), aside.next()),
        }
    };
    batch.items.iter().zip(fates).map(outcome).collect()
}

fn admitted(plain: Outcome, violations: Vec<Violation>, admission: Option<(QuarantineId, Admission)>) -> Outcome {
    let outcome = Outcome { violations, ..plain };
    match admission {
        Some((id, Admission::New)) => Outcome { status: Status::Quarantined, quarantine: Some(id), ..outcome },
        Some((id, Admission::Known(Held::Open))) => {
            Outcome { status: Status::Duplicate, quarantine: Some(id), ..outcome }
        }
        Some((_, Admission::Known(Held::Settled))) => Outcome { status: Status::Duplicate, ..outcome },
        Some((_, Admission::Full)) | None => {
            let mut outcome = Outcome { status: Status::Refused, ..outcome };
            outcome.violations.push(Violation::new("", Reason::QuarantineFull, "the quarantine is full"));
            outcome
        }
    }
}

/// Changes of the tally by a batch that came in.
pub(crate) fn tally_of(batch: &Batch<'_>, outcomes: &[Outcome]) -> tally::Tally {
    let mut tally = tally::Tally::default();
    let mut counted: HashMap<(&str, Status), i64> = HashMap::new();
    for (item, outcome) in batch.items.iter().zip(outcomes) {
        if outcome.status == Status::Quarantined {
            tally.count(&item.source, outcome.status, &outcome.violations, 1);
        } else {
            *counted.entry((&item.source, outcome.status)).or_default() += 1;
        }
    }
    let mut received: HashMap<&str, i64> = HashMap::new();
    for item in &batch.items {
        *received.entry(&item.source).or_default() += 1;
    }
    for ((source, status), items) in counted {
        tally.count(source, status, &[], items);
    }
    for (source, items) in received {
        tally.received(source, items);
    }
    tally
}

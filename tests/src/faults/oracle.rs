//! The oracle: after a fault it waits until all is quiet, and compares what was acknowledged, what the journal holds, what the
//! followers made of it, a rebuild, and the answers of the servers.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use prost::Message as _;
use tenure::Service;
use tenure_client::Client;
use tenure_journal::Timer;
use tenure_kernel::{Clock as _, RecordId, SystemClock, Tenant};
use tenure_proto::{
    collector::v1::{GetIntakeStatisticsRequest, ReportSourceProgressRequest, TouchpointRecorded},
    expectation::v1::{GetExpectationOverviewRequest, ListPromisesRequest, list_promises_request},
    journal::v1::{JournalEntry, RebuildProjectionRequest},
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::ListPurchaseSummariesRequest,
};
use tokio::time::sleep;

use super::{
    client::Doors,
    ledger::Ledger,
    witness::{Checkpoint, Witness, routed},
    work::{DAYS, SOURCES},
};
use crate::touchpoints::NEW_YEAR;

/// How many differences of a kind are told.
const TOLD: usize = 5;
/// What does not get on for so long hangs. How long all of it takes is the machine's matter: a play has an end of its own.
const STANDSTILL: Duration = Duration::from_secs(60);

/// What the oracle found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Ids that were acknowledged.
    pub acknowledged: usize,
    /// Of those, the ones that are not in the journal.
    pub lost: usize,
    /// Ids that stand in the journal more than once, and persons to whom more was added than was sent.
    pub doubled: usize,
    /// Entries that nobody sent.
    pub phantom: usize,
    /// How many promises expectation knows of.
    pub promises: i64,
    /// Whether the projections are the same when they are built anew.
    pub rebuilt: bool,
    /// Answers that are not those of the database.
    pub wrong: usize,
    /// Everything that is not as it should be, in words.
    pub findings: Vec<String>,
}

impl Verdict {
    /// Whether all is as it should be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.phantom + self.wrong == 0 && self.rebuilt && self.findings.is_empty()
    }

    fn finds(&mut self, what: &str, all: &[String]) {
        if !all.is_empty() {
            let told = &all[..all.len().min(TOLD)];
            self.findings.push(format!("{what}: {} ({} in all)", told.join(", "), all.len()));
        }
    }
}

/// What an oracle looks at.
pub struct Oracle<'a> {
    /// The databases.
    pub witness: &'a Witness,
    /// The servers.
    pub doors: &'a Doors,
    /// What was sent and acknowledged.
    pub ledger: &'a Ledger,
    /// The tenant of the load.
    pub tenant: &'a Tenant,
    /// Into how many ranges the work is divided.
    pub ranges: u16,
    /// How many entries each projection may have parked.
    pub parked: i64,
}

impl Oracle<'_> {
    /// Looks at everything.
    ///
    /// # Errors
    /// When something can't be looked at, or does not become quiet.
    pub async fn judge(&self) -> anyhow::Result<Verdict> {
        let mut verdict = Verdict::default();
        self.tell_progress().await?;
        self.quiet(STANDSTILL).await?;
        let entries = self.witness.journal("collector").await?;
        let recorded = recorded(&entries, self.tenant);
        self.compare_journal(&recorded, &mut verdict);
        self.conserved(&entries, recorded.len(), &mut verdict).await?;
        self.compare_answers(&recorded, &mut verdict).await?;
        let mut live = self.witness.state(self.tenant).await?;
        let promises = self.promises().await?;
        verdict.promises = promises.values().sum();
        live.push(format!("promises {promises:?}"));
        for projection in Witness::projections() {
            self.rebuild(projection).await?;
        }
        self.quiet(STANDSTILL).await?;
        let mut rebuilt = self.witness.state(self.tenant).await?;
        rebuilt.push(format!("promises {:?}", self.promises().await?));
        verdict.rebuilt = live == rebuilt;
        let (live, rebuilt): (BTreeSet<_>, BTreeSet<_>) = (live.into_iter().collect(), rebuilt.into_iter().collect());
        verdict.finds("only live", &live.difference(&rebuilt).cloned().collect::<Vec<_>>());
        verdict.finds("only rebuilt", &rebuilt.difference(&live).cloned().collect::<Vec<_>>());
        Ok(verdict)
    }

    /// Tells that the sources have told all: only then is what did not come a broken promise.
    async fn tell_progress(&self) -> anyhow::Result<()> {
        let mut collector = self.doors.to(Service::Collector)[0].collector();
        let seconds = NEW_YEAR + 86_400 * (DAYS + 10);
        for source in SOURCES {
            let complete_until = Some(prost_types::Timestamp { seconds, nanos: 0 });
            let progress = ReportSourceProgressRequest { source: source.to_owned(), complete_until };
            collector.report_source_progress(progress).await?;
        }
        Ok(())
    }

    /// How many promises are in which state, once expectation has looked at everybody.
    async fn promises(&self) -> anyhow::Result<BTreeMap<&'static str, i64>> {
        let mut expectation = self.doors.to(Service::Expectation)[0].expectation();
        let mut moves = Moves::new(STANDSTILL);
        loop {
            let overview = expectation.get_expectation_overview(GetExpectationOverviewRequest::default()).await?;
            let overview = overview.into_inner();
            if overview.pending == 0 {
                return Ok(overview.promises.iter().map(|one| (one.state().as_str_name(), one.count)).collect());
            }
            anyhow::ensure!(moves.on(overview.pending), "expectation does not look at {} persons", overview.pending);
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until every follower is at the head of its journals, twice in a row, and nobody is due to be looked at by profile, which
    /// would write what it finds changed.
    ///
    /// # Errors
    /// When none gets on for so long, or a follower has stopped.
    pub async fn quiet(&self, standstill: Duration) -> anyhow::Result<()> {
        let mut moves = Moves::new(standstill);
        let mut before = None;
        loop {
            let (behind, checkpoints) = self.behind().await?;
            let alarms: Vec<_> = checkpoints.iter().filter(|one| !one.alarm.is_empty()).collect();
            anyhow::ensure!(alarms.is_empty(), "followers have stopped: {alarms:?}");
            let due = Timer::due(self.witness.store("profile")?, self.tenant, SystemClock.now()).await?;
            if behind.is_empty() && due == 0 && before.as_ref() == Some(&checkpoints) {
                return Ok(());
            }
            anyhow::ensure!(moves.on(checkpoints.clone()), "none gets on for {standstill:?}; behind: {behind:?}");
            before = Some(checkpoints);
            sleep(Duration::from_millis(250)).await;
        }
    }

    async fn behind(&self) -> anyhow::Result<(Vec<Checkpoint>, Vec<Checkpoint>)> {
        let mut heads: BTreeMap<&str, i64> = BTreeMap::new();
        for journal in ["collector", "identity", "profile", "expectation"] {
            heads.insert(journal, self.witness.head(journal).await?);
        }
        let checkpoints = self.witness.checkpoints().await?;
        let behind =
            checkpoints.iter().filter(|one| heads.get(one.journal.as_str()).is_some_and(|head| one.sequence != *head));
        Ok((behind.cloned().collect(), checkpoints))
    }

    fn compare_journal(&self, recorded: &[TouchpointRecorded], verdict: &mut Verdict) {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut made_up, mut other) = (Vec::new(), Vec::new());
        let book = self.ledger.book();
        for entry in recorded {
            let Some(touchpoint) = &entry.touchpoint else { continue };
            *times.entry(&touchpoint.event_id).or_default() += 1;
            match book.sent.get(&touchpoint.event_id) {
                None => made_up.push(touchpoint.event_id.clone()),
                Some(said) => {
                    let cents = touchpoint.amount.as_ref().map(|amount| amount.minor_units);
                    if cents != said.cents || touchpoint.source != said.source {
                        other.push(touchpoint.event_id.clone());
                    }
                }
            }
        }
        let lost: Vec<_> = book.acknowledged.iter().filter(|id| !times.contains_key(id.as_str())).cloned().collect();
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).map(|(id, _)| (*id).to_owned()).collect();
        verdict.acknowledged = book.acknowledged.len();
        (verdict.lost, verdict.doubled, verdict.phantom) = (lost.len(), twice.len(), made_up.len() + other.len());
        verdict.finds("lost", &lost);
        verdict.finds("twice in the journal", &twice);
        verdict.finds("never sent", &made_up);
        verdict.finds("other than sent", &other);
        verdict.finds("odd outcomes", &book.odd);
    }

    /// received = accepted + duplicate + quarantined + suppressed + refused; accepted = applied + parked + in flight.
    async fn conserved(&self, entries: &[JournalEntry], accepted: usize, verdict: &mut Verdict) -> anyhow::Result<()> {
        let mut collector = self.doors.to(Service::Collector)[0].collector();
        let counts = collector.get_intake_statistics(GetIntakeStatisticsRequest::default()).await?.into_inner();
        let parts = counts.accepted + counts.duplicate + counts.quarantined + counts.suppressed + counts.refused;
        if counts.received != parts || counts.accepted != i64::try_from(accepted)? {
            verdict.findings.push(format!("counts do not add up: {counts:?}, {accepted} in the journal"));
        }
        let (identity, profile) = (self.witness.journal("identity").await?, self.witness.journal("profile").await?);
        let expectation = self.witness.journal("expectation").await?;
        for one in self.witness.checkpoints().await? {
            let entries = match one.journal.as_str() {
                "identity" => &identity,
                "profile" => &profile,
                "expectation" => &expectation,
                _ => entries,
            };
            let expected = routed(entries, one.range, self.ranges);
            if one.applied + one.parked != expected || one.parked > self.parked {
                verdict.findings.push(format!("{one:?}: {expected} entries are routed to it"));
            }
        }
        Ok(())
    }

    /// Every server's answers against what the journal says and what a witness reads from the databases.
    async fn compare_answers(&self, recorded: &[TouchpointRecorded], verdict: &mut Verdict) -> anyhow::Result<()> {
        let mut bought: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for entry in recorded {
            let record = entry.subjects.first().and_then(|subject| subject.record_id.as_slice().try_into().ok());
            let cents = entry.touchpoint.as_ref().and_then(|one| one.amount.as_ref()).map(|amount| amount.minor_units);
            if let (Some(record), Some(cents)) = (record.map(|id| RecordId(id).to_string()), cents) {
                let sum = bought.entry(record).or_default();
                *sum = (sum.0 + 1, sum.1 + cents);
            }
        }
        let mut cold = self.witness.caller(self.tenant.as_str());
        for client in self.doors.to(Service::Value) {
            let wrong = self.wrong_totals(&client, &bought).await?;
            verdict.doubled += wrong.iter().filter(|one| one.starts_with("more")).count();
            verdict.wrong += wrong.len();
            verdict.finds("wrong totals", &wrong);
        }
        for client in self.doors.to(Service::Profile) {
            let mut wrong = Vec::new();
            for record in bought.keys() {
                let by = Some(get_profile_request::By::RecordId(record.clone()));
                let request = GetProfileRequest { by, read_after: String::new(), ..Default::default() };
                let expected = cold.profile.get_profile(request.clone()).await?.into_inner().profile;
                if client.profile().get_profile(request).await?.into_inner().profile != expected {
                    wrong.push(record.clone());
                }
            }
            verdict.wrong += wrong.len();
            verdict.finds("wrong profiles", &wrong);
        }
        for client in self.doors.to(Service::Expectation) {
            let mut wrong = Vec::new();
            for record in bought.keys() {
                let by = Some(list_promises_request::By::RecordId(record.clone()));
                let request = ListPromisesRequest { by, page_size: 500, ..ListPromisesRequest::default() };
                let expected = cold.expectation.list_promises(request.clone()).await?.into_inner();
                if client.expectation().list_promises(request).await?.into_inner() != expected {
                    wrong.push(record.clone());
                }
            }
            verdict.wrong += wrong.len();
            verdict.finds("wrong promises", &wrong);
        }
        Ok(())
    }

    async fn wrong_totals(
        &self,
        client: &Client,
        bought: &BTreeMap<String, (i64, i64)>,
    ) -> anyhow::Result<Vec<String>> {
        let request =
            ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), page_size: 5_000, ..Default::default() };
        let listed = client.value().list_purchase_summaries(request).await?.into_inner().summaries;
        let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
        for person in listed {
            let of_record = |id: &String| bought.get(id).copied().unwrap_or_default();
            let sums = person.record_ids.iter().map(of_record);
            let expected = sums.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let answered = (person.purchases, person.total_minor_units);
            if answered != expected {
                let way = if answered > expected { "more" } else { "less" };
                wrong.push(format!("{way} for {}: {answered:?} instead of {expected:?}", person.person_id));
            }
            let twice = person.record_ids.into_iter().filter(|id| !seen.insert(id.clone()));
            wrong.extend(twice.map(|id| format!("{id} belongs to two persons")));
        }
        wrong.extend(bought.keys().filter(|id| !seen.contains(*id)).map(|id| format!("{id} belongs to nobody")));
        Ok(wrong)
    }

    /// Builds a projection anew and waits until it is swapped in.
    ///
    /// # Errors
    /// When it does not get on.
    pub async fn rebuild(&self, projection: &str) -> anyhow::Result<()> {
        let request = RebuildProjectionRequest { projection: projection.to_owned() };
        let service =
            Service::ALL.into_iter().find(|service| service.name() == projection).context("no such service")?;
        let mut journal = self.doors.to(service)[0].journal();
        let generation = journal.rebuild_projection(request).await?.into_inner().generation;
        let mut moves = Moves::new(STANDSTILL);
        while self.witness.generations(projection).await? != (i64::from(generation), 0) {
            let built = self.witness.built(projection).await?;
            anyhow::ensure!(moves.on(built.clone()), "{projection} is not rebuilt, and stands at {built:?}");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

/// Whether something that is looked at again and again still moves.
struct Moves<T> {
    standstill: Duration,
    last: Option<T>,
    since: Instant,
}

impl<T: PartialEq> Moves<T> {
    fn new(standstill: Duration) -> Self {
        Self { standstill, last: None, since: Instant::now() }
    }

    fn on(&mut self, now: T) -> bool {
        if self.last.as_ref() != Some(&now) {
            (self.last, self.since) = (Some(now), Instant::now());
        }
        self.since.elapsed() < self.standstill
    }
}

/// The tenant's touchpoints of a journal. What a row has put there for nobody to read is left out.
fn recorded(entries: &[JournalEntry], tenant: &Tenant) -> Vec<TouchpointRecorded> {
    let readable = |entry: &&JournalEntry| entry.type_name.ends_with(".TouchpointRecorded") && entry.revision == 1;
    let touchpoints = entries.iter().filter(|entry| entry.tenant == tenant.as_str()).filter(readable);
    touchpoints.filter_map(|entry| TouchpointRecorded::decode(entry.payload.clone()).ok()).collect()
}

//! Feeding the simulated touchpoints in, as a source system would: over a stream.

use std::collections::{BTreeMap, HashMap, VecDeque};

use indicatif::{ProgressBar, ProgressStyle};
use tenure_client::{Acknowledgement, Client, StreamSettings};
use tenure_kernel::Reason;
use tenure_proto::collector::v1::{GetIntakeStatisticsRequest, GetIntakeStatisticsResponse, Touchpoint};
use tenure_simulator::Simulation;
use tokio::time::Instant;

/// What became of the input.
pub(crate) struct Fed {
    /// Each source record's id, and the source and key behind it.
    pub(crate) records: HashMap<String, (String, String)>,
    /// A read after it has seen all of it.
    pub(crate) read_token: String,
    /// The collector's own counts.
    pub(crate) counts: GetIntakeStatisticsResponse,
    pub(crate) seconds: f64,
}

impl Fed {
    /// How many items were set aside for each reason.
    pub(crate) fn reasons(&self) -> BTreeMap<&str, i64> {
        self.counts.quarantine_reasons.iter().map(|counted| (counted.reason.as_str(), counted.count)).collect()
    }
}

pub(crate) async fn send(client: &Client, simulation: &Simulation) -> anyhow::Result<Fed> {
    let touchpoints = simulation.touchpoints();
    let bar = ProgressBar::new(touchpoints.len() as u64);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec}")?);
    bar.set_message("touchpoints");
    let begun = Instant::now();
    let mut stream = client.touchpoint_stream(StreamSettings::default());
    let mut taken = Taken::default();
    for touchpoint in touchpoints {
        taken.waiting.push_back(key(&touchpoint));
        if let Some(acknowledged) = stream.send(touchpoint).await? {
            bar.inc(taken.take(acknowledged));
        }
    }
    while let Some(acknowledged) = stream.next().await? {
        bar.inc(taken.take(acknowledged));
    }
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let counts = client.collector().get_intake_statistics(GetIntakeStatisticsRequest::default()).await?.into_inner();
    Ok(Fed { records: taken.records, read_token: taken.read_token, counts, seconds })
}

/// What was acknowledged so far.
#[derive(Default)]
struct Taken {
    /// The source and key of each touchpoint that waits for its outcome, in order.
    waiting: VecDeque<(String, String)>,
    records: HashMap<String, (String, String)>,
    read_token: String,
}

impl Taken {
    /// Takes outcomes in: how many.
    fn take(&mut self, acknowledged: Acknowledgement) -> u64 {
        let count = acknowledged.outcomes.len();
        let outcomes = acknowledged.outcomes.into_iter().zip(self.waiting.drain(..count.min(self.waiting.len())));
        let known = outcomes.filter(|(outcome, _)| !outcome.record_id.is_empty());
        self.records.extend(known.map(|(outcome, key)| (outcome.record_id, key)));
        self.read_token = acknowledged.read_token;
        count as u64
    }
}

fn key(touchpoint: &Touchpoint) -> (String, String) {
    let key = touchpoint.subjects.first().map(|subject| subject.key.clone()).unwrap_or_default();
    (touchpoint.source.clone(), key)
}

/// A reason in words for people.
pub(crate) fn in_words(reason: &str) -> &'static str {
    let known = Reason::ALL.iter().find(|known| known.as_str() == reason);
    match known {
        Some(Reason::AmountMissing) => "the amount is missing",
        Some(Reason::AmountNegative) => "the amount is negative",
        Some(Reason::CurrencyInvalid) => "the currency does not exist",
        Some(Reason::IdentifierInvalid) => "an e-mail, phone or account number is not valid",
        Some(Reason::TypeUnknown) => "the type is not in the catalogue",
        Some(Reason::EventIdReused) => "the event came before with other content",
        _ => "see the list of reasons",
    }
}

//! Telling how complete the feeds are, and asking expectation where customers were let down and whom not to survey now.

use std::{fmt::Write as _, time::Duration};

use tenure_client::Client;
use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::ReportSourceProgressRequest,
    expectation::v1::{
        DissonanceBand, GetExpectationOverviewRequest, GetExpectationOverviewResponse, PromiseState, SurveyReason,
    },
};
use tenure_simulator::{Settings, Source, Totals};

use super::{feed::Fed, report::grouped, seen::seen};

/// How often it is asked whether every customer has been looked at.
const POLL: Duration = Duration::from_millis(100);

/// Tells that the sources have told all, for only then does silence mean a broken promise; and asks what that comes to.
pub(crate) async fn ask(
    client: &Client,
    settings: &Settings,
    fed: &Fed,
) -> anyhow::Result<GetExpectationOverviewResponse> {
    let (seconds, nanos) = Timestamp::from_day(settings.end_day).to_parts();
    let mut read_after = fed.read_token.clone();
    for source in [Source::Webshop, Source::Crm, Source::ContactCentre] {
        let complete_until = Some(prost_types::Timestamp { seconds, nanos });
        let progress = ReportSourceProgressRequest { source: source.name().to_owned(), complete_until };
        read_after = client.collector().report_source_progress(progress).await?.into_inner().read_token;
    }
    loop {
        let request = GetExpectationOverviewRequest { read_after: read_after.clone() };
        let overview = seen(async || client.expectation().get_expectation_overview(request.clone()).await).await?;
        if overview.pending == 0 {
            return Ok(overview);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn in_state(overview: &GetExpectationOverviewResponse, state: PromiseState) -> i64 {
    overview.promises.iter().filter(|one| one.state() == state).map(|one| one.count).sum()
}

/// Kept, late and overdue: as found, and as simulated.
fn ended(truth: &Totals, overview: &GetExpectationOverviewResponse) -> ([i64; 3], [i64; 3]) {
    let states = [PromiseState::Kept, PromiseState::KeptLate, PromiseState::Broken];
    let simulated = [truth.promises.kept, truth.promises.late, truth.promises.overdue];
    (states.map(|state| in_state(overview, state)), simulated.map(|count| i64::try_from(count).unwrap_or(i64::MAX)))
}

/// Whether promises ended as simulated.
pub(crate) fn agrees(truth: &Totals, overview: &GetExpectationOverviewResponse) -> bool {
    let (found, simulated) = ended(truth, overview);
    found == simulated
}

/// What became of promises, and whom that disappointed.
pub(crate) fn promises(truth: &Totals, overview: &GetExpectationOverviewResponse) -> String {
    let ([kept, late, broken], simulated) = ended(truth, overview);
    let all: i64 = overview.promises.iter().map(|one| one.count).sum();
    let verdict = match agrees(truth, overview) {
        true => "exactly as simulated: deliveries, and answers to complaints".to_owned(),
        false => format!("NOT as simulated: {simulated:?}"),
    };
    let band = |band: DissonanceBand| {
        overview.customers.iter().filter(|one| one.band() == band).map(|one| one.count).sum::<i64>()
    };
    format!(
        "WHERE WE LET THEM DOWN\n  {} promises: {} kept, {} kept late, {} overdue and nobody noticed, {} not due yet;\n  \
         {verdict}.\n  Of the customers {} feel it badly now, {} are concerned, {} remember it, and {} are calm.",
        grouped(all),
        grouped(kept),
        grouped(late),
        grouped(broken),
        grouped(all - kept - late - broken),
        grouped(band(DissonanceBand::Dissonant)),
        grouped(band(DissonanceBand::Concerned)),
        grouped(band(DissonanceBand::Watch)),
        grouped(band(DissonanceBand::Calm)),
    )
}

/// Whom not to survey now, and why.
pub(crate) fn surveys(overview: &GetExpectationOverviewResponse) -> String {
    let customers: i64 = overview.customers.iter().map(|one| one.count).sum();
    let mut text = format!(
        "WHOM NOT TO ASK NOW\n  A survey (NPS) is to be held back for {} of {} customers. Why, each as often as it holds:",
        grouped(overview.held),
        grouped(customers)
    );
    let mut reasons: Vec<(i64, SurveyReason)> =
        overview.held_reasons.iter().map(|one| (one.count, one.reason())).collect();
    reasons.sort_unstable_by_key(|(count, reason)| (-count, *reason));
    for (count, reason) in reasons {
        let _ = write!(text, "\n  {:>7}  {}", grouped(count), in_words(reason));
    }
    text
}

/// A reason in words for people.
fn in_words(reason: SurveyReason) -> &'static str {
    match reason {
        SurveyReason::NoLawfulContact => "consent was withdrawn, or contact objected to",
        SurveyReason::Minor => "they are under age",
        SurveyReason::OpenComplaint => "a complaint is open",
        SurveyReason::PromiseOverdue => "they still wait for what is overdue; a person should call",
        SurveyReason::ResolutionCooldown => "what went wrong was put right only just now",
        SurveyReason::RecoveryCooldown => "amends were made only just now",
        SurveyReason::ComplaintCooldown => "a complaint was closed within a month",
        SurveyReason::DissonanceHigh => "they are too disappointed; a person should call",
        SurveyReason::SourceStale => "it is not known yet whether a promise was kept",
        SurveyReason::IdentityPending => "it is open who they are, until a steward decides",
        SurveyReason::FreqAny => "they were asked within a month",
        SurveyReason::FreqNps => "they were asked for an NPS within three months",
        SurveyReason::FreqYear => "they were asked four times within a year",
        _ => "see the list of reasons",
    }
}

//! What became of each promise, as far as is known at a moment. A function of the set of facts: whatever the order in which
//! they came, and however often.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    calendar::{Holidays, Zone},
    gap,
    promise::{Expected, Facts, Matter, Observed, Outcome, Promise, PromiseId, Release, ReleaseKind},
    quantity::Unit,
};

/// Through when each source system has told all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Feeds(pub(crate) BTreeMap<String, Timestamp>);

impl Feeds {
    /// Whether every source that would tell of the outcome has told all through a moment.
    fn complete(&self, promise: &Promise, through: Timestamp) -> bool {
        promise.feeds.iter().all(|feed| self.0.get(feed).is_some_and(|told| *told >= through))
    }
}

/// Where a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Not due yet.
    Active,
    /// Due soon, and nothing came.
    AtRisk,
    Kept,
    KeptLate,
    Broken,
    /// The customer agreed to another date while there was time.
    Renegotiated,
    /// The customer let it go.
    Waived,
    /// What it was about is off.
    Void,
    /// Due, but the sources that would tell are silent.
    Unknown,
}

/// A promise in one version, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) promise: Promise,
    pub(crate) state: State,
    /// The one that counts.
    pub(crate) outcome: Option<Outcome>,
    /// Later outcomes, which change nothing.
    pub(crate) evidence: Vec<TouchpointId>,
    /// When it was broken, whatever came after.
    pub(crate) broken_at: Option<Timestamp>,
    /// When nothing more was to come; none while it is open.
    pub(crate) settled_at: Option<Timestamp>,
}

impl Standing {
    /// Whether the customer is still waiting for what was promised by now.
    pub(crate) fn is_overdue(&self) -> bool {
        self.state == State::Broken && self.settled_at.is_none()
    }
}

/// What each promise has come to, by promise and version.
pub(crate) fn standings(facts: &Facts, feeds: &Feeds, zone: &Zone, now: Timestamp) -> Vec<Standing> {
    let versions = versions(&facts.promises);
    let outcomes = outcomes(&facts.outcomes);
    let none = Vec::new();
    let judged = versions.iter().map(|((id, _), version)| {
        let about = version.promise.matter.subject(&version.promise.attribute);
        let of_promise = versions.range((*id, MIN_KEY)..=(*id, MAX_KEY)).map(|(_, other)| other);
        let case = Case {
            version,
            outcomes: outcomes.get(&about).unwrap_or(&none),
            moves: of_promise.flat_map(|other| &other.said).copied().collect(),
            release: released(&facts.releases, version),
        };
        case.standing(feeds, zone, now)
    });
    judged.collect()
}

/// What sets versions of a promise apart: the due time, else the level and its unit.
type VersionKey = (i64, u64, Option<Unit>);

const MIN_KEY: VersionKey = (i64::MIN, 0, None);
const MAX_KEY: VersionKey = (i64::MAX, u64::MAX, Some(Unit::Money([u8::MAX; 3])));

fn key(expected: Expected) -> VersionKey {
    match expected {
        Expected::By(due) => (due.0, 0, None),
        Expected::Level(level) => (0, level.value().to_bits(), Some(level.unit())),
    }
}

/// That a version was said, and whether the customer agreed.
#[derive(Debug, Clone, Copy)]
struct Said {
    key: VersionKey,
    at: Timestamp,
    acknowledged: bool,
}

/// A version as it was first said, and every time that it was.
struct Version {
    promise: Promise,
    said: Vec<Said>,
}

fn versions(promises: &[Promise]) -> BTreeMap<(PromiseId, VersionKey), Version> {
    let mut versions: BTreeMap<_, Version> = BTreeMap::new();
    for promise in promises {
        let key = key(promise.expected);
        let version =
            versions.entry((promise.id, key)).or_insert_with(|| Version { promise: promise.clone(), said: Vec::new() });
        if (promise.made_at, promise.touchpoint) < (version.promise.made_at, version.promise.touchpoint) {
            version.promise = promise.clone();
        }
        version.said.push(Said { key, at: promise.made_at, acknowledged: promise.acknowledged });
    }
    versions
}

/// The outcomes by what they are of, from first to last.
fn outcomes(all: &[Outcome]) -> BTreeMap<(&Matter, &str), Vec<&Outcome>> {
    let mut outcomes: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
    for outcome in all {
        outcomes.entry(outcome.matter.subject(&outcome.attribute)).or_default().push(outcome);
    }
    for list in outcomes.values_mut() {
        list.sort_by_key(|outcome| (outcome.at, outcome.touchpoint));
        list.dedup_by_key(|outcome| outcome.touchpoint);
    }
    outcomes
}

/// The first release of what a promise is about since it was made.
fn released(releases: &[Release], version: &Version) -> Option<(Timestamp, ReleaseKind)> {
    let promise = &version.promise;
    let of_matter = releases.iter().filter(|one| one.matter == promise.matter && one.at >= promise.made_at);
    of_matter.map(|release| (release.at, release.kind)).min()
}

/// A version and all that bears on it.
struct Case<'a> {
    version: &'a Version,
    outcomes: &'a [&'a Outcome],
    /// Every time that the promise was made, in whatever version.
    moves: Vec<Said>,
    release: Option<(Timestamp, ReleaseKind)>,
}

impl Case<'_> {
    fn standing(&self, feeds: &Feeds, zone: &Zone, now: Timestamp) -> Standing {
        let outcome = self.outcome();
        let (state, broken_at, settled_at) = match self.version.promise.expected {
            Expected::By(due) => {
                let deadline = self.version.promise.deadline().unwrap_or(due);
                match self.by(deadline, outcome, feeds, now) {
                    (State::Active, ..) if now >= at_risk_at(&self.version.promise, due, zone) => {
                        (State::AtRisk, None, None)
                    }
                    judged => judged,
                }
            }
            Expected::Level(_) => self.level(outcome),
        };
        let counted = outcome.map(|outcome| outcome.touchpoint);
        let later = self.outcomes.iter().map(|outcome| outcome.touchpoint);
        let evidence = later.filter(|touchpoint| Some(*touchpoint) != counted).collect();
        let promise = self.version.promise.clone();
        Standing { promise, state, outcome: outcome.cloned(), evidence, broken_at, settled_at }
    }

    /// The first time that it was done, else the first time that the source said it was not.
    fn outcome(&self) -> Option<&Outcome> {
        let promise = &self.version.promise;
        let done = self.outcomes.iter().find(|outcome| match outcome.observed {
            Observed::Failed => false,
            Observed::Done => true,
            Observed::Level(_) => gap::comparable(promise, outcome),
        });
        let failed = || {
            let failed = self.outcomes.iter().filter(|outcome| outcome.observed == Observed::Failed);
            failed.clone().find(|outcome| outcome.at >= promise.made_at)
        };
        done.copied().or_else(|| failed().copied())
    }

    /// When the customer agreed to another version, if that was before a moment and after this one was last said.
    fn renegotiated(&self, before: Timestamp) -> Option<Timestamp> {
        let last = self.version.said.iter().map(|said| said.at).max()?;
        let own = key(self.version.promise.expected);
        let moves = self.moves.iter().filter(|said| said.key != own && said.acknowledged);
        moves.map(|said| said.at).filter(|at| last < *at && *at <= before).min()
    }

    /// State, when it was broken and when it was settled, of a promise with a deadline.
    fn by(
        &self,
        deadline: Timestamp,
        outcome: Option<&Outcome>,
        feeds: &Feeds,
        now: Timestamp,
    ) -> (State, Option<Timestamp>, Option<Timestamp>) {
        let (done, failed) = split(outcome);
        let in_time = |at: Timestamp| done.is_none_or(|done| at < done) && failed.is_none_or(|failed| at <= failed);
        if let Some(at) = self.renegotiated(deadline).filter(|at| in_time(*at)) {
            return (State::Renegotiated, None, Some(at));
        }
        let off = self.release.filter(|(at, _)| done.is_none_or(|done| *at < done));
        if let Some((at, kind)) = off.filter(|(at, _)| *at <= deadline && failed.is_none_or(|failed| *at <= failed)) {
            return (freed(kind), None, Some(at));
        }
        let off_at = off.map(|(at, _)| at);
        match (done, failed) {
            (Some(done), _) if done <= deadline => (State::Kept, None, Some(done)),
            (Some(done), _) => (State::KeptLate, Some(deadline), off_at.or(Some(done))),
            (None, Some(failed)) => (State::Broken, Some(failed.min(deadline)), off_at),
            (None, None) if now >= deadline && feeds.complete(&self.version.promise, deadline) => {
                (State::Broken, Some(deadline), off_at)
            }
            // Off before anyone could tell whether it was kept: nobody is accused.
            (None, None) => match off {
                Some((at, kind)) => (freed(kind), None, Some(at)),
                None if now >= deadline => (State::Unknown, None, None),
                None => (State::Active, None, None),
            },
        }
    }

    /// The same of a promise of a level.
    fn level(&self, outcome: Option<&Outcome>) -> (State, Option<Timestamp>, Option<Timestamp>) {
        let at = outcome.map_or(Timestamp::MAX, |outcome| outcome.at);
        if let Some(moved) = self.renegotiated(at).filter(|moved| *moved < at) {
            return (State::Renegotiated, None, Some(moved));
        }
        if let Some((off, kind)) = self.release.filter(|(off, _)| *off < at) {
            return (freed(kind), None, Some(off));
        }
        match outcome {
            None => (State::Active, None, None),
            Some(outcome) if gap::falls_short(&self.version.promise, outcome) => {
                (State::Broken, Some(at), (outcome.observed != Observed::Failed).then_some(at))
            }
            Some(_) => (State::Kept, None, Some(at)),
        }
    }
}

/// When it was done, and when the source said that it was not.
fn split(outcome: Option<&Outcome>) -> (Option<Timestamp>, Option<Timestamp>) {
    match outcome {
        Some(outcome) if outcome.observed == Observed::Failed => (None, Some(outcome.at)),
        Some(outcome) => (Some(outcome.at), None),
        None => (None, None),
    }
}

fn freed(kind: ReleaseKind) -> State {
    match kind {
        ReleaseKind::Withdrawn => State::Void,
        ReleaseKind::Waived => State::Waived,
    }
}

/// From when silence begins to worry: in the last quarter of the time, and at least a working day before.
pub(super) fn at_risk_at(promise: &Promise, due: Timestamp, zone: &Zone) -> Timestamp {
    let last_quarter = due.0.saturating_sub(due.0.saturating_sub(promise.made_at.0) / 4);
    Timestamp(last_quarter).min(zone.working_day_before(due, Holidays::Dutch)).max(promise.made_at)
}

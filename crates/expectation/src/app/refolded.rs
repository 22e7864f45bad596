//! What came of refolding a tenant's persons, until it is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    time::Duration,
};

use tenure_journal::{Draft, Timer};
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::Complaint;
use tenure_store::{StoreError, Tx};

use super::{
    causes::ChangedCauses, judge::Judged, loyalty::ChangedLoyalty, person::Person, refold::looks_again, tally,
};
use crate::{
    domain::{
        clock::Timetable,
        complaint::ComplaintId,
        dissonance::Band,
        promise::Expected,
        standing::{Feeds, Standing, State},
        timer::{TimerKind, timers},
    },
    event,
    store::{
        awaited_source, base_count,
        overdue_signal::{self, Signal},
        person_state::{self, PersonState},
        record_hold::Told,
    },
};

/// How long until somebody who waits for a source is looked at again, should nobody have noticed that it has told more.
const FALL_BACK: Duration = Duration::from_secs(6 * 3_600);
/// How long a promise may be due before it is looked at, if its source has not told through then: most tell soon, and then it is looked
/// at at once.
const GRACE: Duration = Duration::from_secs(30);
/// How far ahead no source tells.
const NEAR: Duration = Duration::from_secs(60);
/// When somebody is looked at again of whom nothing changes by itself.
const AT_LAST: Duration = Duration::from_secs(365 * 24 * 3_600);
/// How often an open failure is felt anew.
const GROWING: Duration = Duration::from_secs(24 * 3_600);

#[derive(Default)]
pub(super) struct Refolded {
    states: BTreeMap<PersonId, PersonState>,
    gone: BTreeSet<PersonId>,
    differences: BTreeMap<base_count::Counted, i64>,
    awaited: BTreeMap<(PersonId, String), Timestamp>,
    /// Whether anything is awaited that may come at any time.
    near: bool,
    timers: Vec<Timer>,
    signals: Vec<Signal>,
    drafts: Vec<Draft>,
    complaints: super::refolded_complaints::Changed,
    holds: super::refolded_holds::Holds,
    pub(super) work: super::refolded_work::Work,
    pub(super) causes: ChangedCauses,
    loyalty: ChangedLoyalty,
}

impl Refolded {
    /// Whether anybody waits for a source to tell through a moment that it may tell through at any time.
    pub(super) fn awaits_soon(&self) -> bool {
        self.near
    }

    /// Of each signal that changed, whether it is raised.
    pub(super) fn signalled(&self) -> impl Iterator<Item = bool> {
        self.signals.iter().map(|signal| signal.raised)
    }

    /// Says which promises are overdue, and which of those said to be no longer are.
    pub(super) fn conclude(
        &mut self,
        tenant: &Tenant,
        person: &Person,
        judged: &Judged<'_>,
        said: Vec<&Signal>,
        now: Timestamp,
    ) {
        let key = |signal: &Signal| (signal.content.promise_id.clone(), event::due(&signal.content));
        let mut said: BTreeMap<_, &Signal> = said.into_iter().map(|signal| (key(signal), signal)).collect();
        for standing in &judged.standings {
            let Expected::By(due) = standing.promise.expected else { continue };
            let Some(record) = person.owners.get(&standing.promise.touchpoint) else { continue };
            let known = said.remove(&(standing.promise.id.0.to_vec(), due));
            let raised = known.is_some_and(|signal| signal.raised);
            // What can't be told now takes nothing back that could be told before.
            if standing.is_overdue() == raised || (raised && standing.state == State::Unknown) {
                continue;
            }
            let Some(content) = event::signal(*record, standing, known) else { continue };
            self.drafts.push(match raised {
                true => event::no_longer(tenant, &content, Some(standing), now),
                false => event::overdue(tenant, &content, now),
            });
            self.signals.push(Signal { raised: !raised, content });
        }
        // What is left was said of promises that are no more, such as retracted ones.
        for signal in said.into_values().filter(|signal| signal.raised) {
            let mut content = signal.content.clone();
            content.revision += 1;
            self.drafts.push(event::no_longer(tenant, &content, None, now));
            self.signals.push(Signal { raised: false, content });
        }
    }

    /// Notes which complaints of a person have changed since they were last seen.
    pub(super) fn complaints(
        &mut self,
        tenant: &Tenant,
        (id, person): (PersonId, &Person),
        judged: (&Judged<'_>, &Timetable),
        known: &BTreeMap<ComplaintId, (RecordId, Complaint)>,
    ) {
        self.drafts.extend(self.complaints.compare(tenant, (id, person), judged, known));
    }

    /// Notes which records of a person are newly held for complaints, or are no longer.
    pub(super) fn holds(
        &mut self,
        tenant: &Tenant,
        person: &Person,
        judged: &Judged<'_>,
        known: &BTreeMap<RecordId, Told>,
    ) {
        self.drafts.extend(self.holds.compare(tenant, &person.records, (&judged.complaints, known), judged.now));
    }

    /// Notes which sources are waited for. Answers when anything changes by itself, and when the person is to be looked at again, which may be
    /// later.
    pub(super) fn wait(
        &mut self,
        id: PersonId,
        (judged, again): (&Judged<'_>, Option<Timestamp>),
        feeds: &Feeds,
        now: Timestamp,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let (mut changes, mut looks) = (Vec::new(), Vec::from_iter(again));
        for standing in &judged.standings {
            let silent = self.awaits(id, standing, feeds, now);
            for timer in timers(slice::from_ref(standing), &judged.rules.zone) {
                changes.push(timer.at);
                let late = silent && timer.kind == TimerKind::Overdue;
                looks.push(if late { timer.at.plus(GRACE) } else { timer.at });
            }
            looks.extend((standing.state == State::Unknown).then(|| now.plus(FALL_BACK)));
        }
        let grows = judged.standings.iter().any(|one| one.is_overdue()) && judged.assessment.band != Band::Dissonant;
        let by_itself = [
            grows.then(|| now.plus(GROWING)),
            judged.fades_at(),
            self.complaints.next(id, now),
            judged.relational().changes_at,
            judged.outlook.comes_of_age(now),
        ];
        changes.extend(by_itself.into_iter().flatten());
        looks.extend(by_itself.into_iter().flatten());
        let first = |moments: Vec<Timestamp>| moments.into_iter().filter(|at| *at > now).min();
        (first(changes), first(looks))
    }

    /// Sets the timer of a person. Whose outlook is kept has one always, for it is what the outlook is claimed by.
    pub(super) fn look_again(
        &mut self,
        tenant: &Tenant,
        id: PersonId,
        at: Option<Timestamp>,
        outlook: &[u8],
        now: Timestamp,
    ) {
        let at = at.or_else(|| (!outlook.is_empty()).then(|| now.plus(AT_LAST)));
        self.timers.extend(at.map(|at| looks_again(tenant, id, at, outlook)));
    }

    /// Notes the sources that have yet to tell what became of a promise: whether there are any.
    fn awaits(&mut self, id: PersonId, standing: &Standing, feeds: &Feeds, now: Timestamp) -> bool {
        let open = matches!(standing.state, State::Active | State::AtRisk | State::Unknown);
        let Some(due) = standing.promise.deadline().filter(|_| open) else { return false };
        let mut silent = false;
        for feed in standing.promise.feeds.iter().filter(|feed| feeds.0.get(*feed).is_none_or(|told| *told < due)) {
            let first = self.awaited.entry((id, feed.clone())).or_insert(due);
            *first = (*first).min(due);
            silent = true;
        }
        self.near |= silent && due <= now.plus(NEAR);
        silent
    }

    /// Keeps a person's state as it is now in place of as it was, and counts it so.
    pub(super) fn state(&mut self, id: PersonId, state: Option<PersonState>, before: Option<&PersonState>) {
        let revision = before.map_or(0, |state| state.revision);
        let state =
            state.filter(|state| state.counts.is_some() || !state.outlook.is_empty() || !state.loyalty.is_empty());
        if state == before.map(|before| PersonState { revision: 0, ..before.clone() }) {
            return;
        }
        let (counted, counts) =
            (before.and_then(|state| state.counts.as_ref()), state.as_ref().and_then(|state| state.counts.as_ref()));
        if counted != counts {
            counted.into_iter().for_each(|counts| tally::subtract(&mut self.differences, counts));
            counts.into_iter().for_each(|counts| tally::add(&mut self.differences, counts));
        }
        self.loyalty.compare(state.as_ref().map(|state| &state.loyalty), before.map(|state| &state.loyalty));
        match state {
            Some(state) => drop(self.states.insert(id, PersonState { revision: revision + 1, ..state })),
            None => drop(self.gone.insert(id)),
        }
    }

    pub(super) async fn save(
        self,
        tx: &Tx,
        tenant: &Tenant,
        asked: &BTreeSet<PersonId>,
    ) -> Result<Vec<Draft>, StoreError> {
        overdue_signal::save(tx, tenant, &self.signals).await?;
        person_state::save(tx, tenant, &self.states).await?;
        person_state::drop(tx, tenant, &self.gone).await?;
        base_count::add(tx, tenant, &self.differences).await?;
        self.complaints.save(tx, tenant).await?;
        self.holds.save(tx, tenant).await?;
        self.work.save(tx, tenant).await?;
        self.causes.save(tx, tenant).await?;
        self.loyalty.save(tx, tenant).await?;
        awaited_source::replace(tx, tenant, asked, &self.awaited).await?;
        Timer::set(tx, self.timers).await?;
        Ok(self.drafts)
    }
}

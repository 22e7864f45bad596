//! Who may enter: what is urgent before what people wait for before bulk, and every tenant its share.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tenure_kernel::tenant::Tenant;
use tokio::time::Instant;

use super::pace::Pace;
use crate::rpc::Priority;

/// How many places above the limit tenants below their share have, at least, and what is urgent beside them.
const RESERVE: usize = 4;
const URGENT: usize = 32;
/// The shortest time after which a retry may help, and the longest.
const SOON: Duration = Duration::from_millis(250);
const LATE: Duration = Duration::from_secs(10);

/// How many may be under way for another of this kind to enter: below the limit there is room for anyone, in its upper half for
/// no bulk, and above it for tenants that have less than their share and, beside those, for what is urgent.
fn room(limit: usize, priority: Priority, below_share: bool) -> usize {
    let reserve = (limit / 8).max(RESERVE);
    match (priority, below_share) {
        (Priority::Urgent, _) => limit + reserve + (limit / 8).max(URGENT),
        (Priority::Interactive, true) => limit + reserve,
        (Priority::Interactive, false) => limit,
        (Priority::Bulk, true) => limit.div_ceil(4) * 3,
        (Priority::Bulk, false) => limit.div_ceil(2),
    }
}

/// Whether another may enter.
fn admits(limit: usize, under_way: usize, priority: Priority, below_share: bool) -> bool {
    under_way < room(limit, priority, below_share).max(1)
}

#[derive(Debug)]
struct Inside {
    pace: Pace,
    /// The calls whose times say how busy we are, in the order in which they came.
    timed: BTreeMap<u64, (Instant, Arc<AtomicBool>)>,
    next: u64,
    under_way: usize,
    by_priority: HashMap<Priority, usize>,
    by_tenant: HashMap<Tenant, usize>,
    /// How many entered and were refused, of late.
    entered: f64,
    refused: f64,
    counted_since: Instant,
}

/// Counts who is inside.
#[derive(Debug)]
pub(super) struct Gate(Mutex<Inside>);

impl Gate {
    pub(super) fn new(pace: Pace, now: Instant) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inside {
            pace,
            timed: BTreeMap::new(),
            next: 0,
            under_way: 0,
            by_priority: HashMap::new(),
            by_tenant: HashMap::new(),
            entered: 0.0,
            refused: 0.0,
            counted_since: now,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, or after what time there may be one.
    pub(super) fn enter(self: &Arc<Self>, priority: Priority, tenant: Option<&Tenant>) -> Result<Place, Duration> {
        let now = Instant::now();
        let mut inside = self.inside();
        inside.judge(now);
        if !admits(inside.pace.limit(), inside.under_way, priority, inside.below_share(tenant)) {
            inside.pace.full();
            inside.refused += 1.0;
            return Err(inside.hint());
        }
        inside.entered += 1.0;
        inside.under_way += 1;
        *inside.by_priority.entry(priority).or_default() += 1;
        if let Some(tenant) = tenant {
            *inside.by_tenant.entry(tenant.clone()).or_default() += 1;
        }
        let id = inside.next;
        inside.next += 1;
        let waits = Arc::new(AtomicBool::new(false));
        if priority != Priority::Bulk {
            inside.timed.insert(id, (now, waits.clone()));
        }
        Ok(Place { gate: self.clone(), id, priority, tenant: tenant.cloned(), waits })
    }

    /// How many are inside, by priority, and how many may be.
    pub(super) fn look(&self) -> (HashMap<Priority, usize>, usize) {
        let inside = self.inside();
        (inside.by_priority.clone(), inside.pace.limit())
    }
}

impl Inside {
    fn judge(&mut self, now: Instant) {
        let timed = &self.timed;
        let late = |(began, waits): &(Instant, Arc<AtomicBool>)| (now - *began, waits.load(Ordering::Relaxed));
        self.pace.judge(now, |target| {
            let old = timed.values().map(late).take_while(|(age, _)| *age > target);
            old.filter(|(_, waits)| !waits).count()
        });
        if now - self.counted_since >= Duration::from_secs(1) {
            self.counted_since = now;
            self.entered /= 2.0;
            self.refused /= 2.0;
        }
    }

    /// Whether a tenant has fewer calls under way than it would if all that have some had as many.
    fn below_share(&self, tenant: Option<&Tenant>) -> bool {
        let Some(tenant) = tenant else { return false };
        let own = self.by_tenant.get(tenant).copied().unwrap_or_default();
        let others = self.by_tenant.len() - usize::from(own > 0);
        others > 0 && own < self.pace.limit() / (others + 1)
    }

    /// The more are refused for each that enters, the later a retry may help.
    fn hint(&self) -> Duration {
        SOON.mul_f64(1.0 + self.refused / (self.entered + 1.0)).min(LATE)
    }
}

/// A place inside, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    gate: Arc<Gate>,
    id: u64,
    priority: Priority,
    tenant: Option<Tenant>,
    waits: Arc<AtomicBool>,
}

impl Place {
    /// Set by a call that waits for something else than its turn, so that its time says nothing.
    pub(super) fn waits(&self) -> Arc<AtomicBool> {
        self.waits.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.gate.inside();
        inside.under_way -= 1;
        if let Some(count) = inside.by_priority.get_mut(&self.priority) {
            *count -= 1;
        }
        if let Some(tenant) = &self.tenant
            && let Some(count) = inside.by_tenant.get_mut(tenant)
        {
            *count -= 1;
            if *count == 0 {
                inside.by_tenant.remove(tenant);
            }
        }
        if let Some((began, waits)) = inside.timed.remove(&self.id)
            && !waits.load(Ordering::Relaxed)
        {
            inside.pace.took(began.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Priority; 3] = [Priority::Bulk, Priority::Interactive, Priority::Urgent];

    fn gate(most: usize) -> Arc<Gate> {
        let now = Instant::now();
        Gate::new(Pace::new(most, None, now), now)
    }

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    proptest! {
        /// Whatever is under way: where something enters, all that goes before it would.
        #[test]
        fn no_lower_priority_enters_where_a_higher_one_is_refused(limit in 1_usize..2_000, under_way in 0_usize..3_000) {
            for share in [false, true] {
                for pair in ALL.windows(2) {
                    let [lower, higher] = [pair[0], pair[1]].map(|one| admits(limit, under_way, one, share));
                    prop_assert!(higher || !lower);
                }
            }
            // Nor does a tenant that has its share enter where one with less is refused.
            for priority in ALL {
                prop_assert!(admits(limit, under_way, priority, true) || !admits(limit, under_way, priority, false));
            }
        }

        #[test]
        fn what_enters_leaves_again(steps in prop::collection::vec((0_usize..3, 0_usize..3, any::<bool>()), 1..200)) {
            let gate = gate(10);
            let mut places = Vec::new();
            for (priority, name, leaves) in steps {
                if leaves && !places.is_empty() {
                    places.swap_remove(0);
                }
                places.extend(gate.enter(ALL[priority], Some(&tenant(["a", "b", "c"][name]))));
                prop_assert!(gate.inside().under_way == places.len() && places.len() <= 10 + RESERVE + URGENT);
            }
            places.clear();
            let inside = gate.inside();
            prop_assert_eq!(inside.under_way, 0);
            prop_assert!(inside.by_tenant.is_empty() && inside.timed.is_empty());
            prop_assert_eq!(inside.by_priority.values().sum::<usize>(), 0);
        }
    }

    #[test]
    fn a_flood_leaves_room_for_other_tenants_and_for_what_is_urgent() {
        let gate = gate(100);
        let (flood, other) = (tenant("flood"), tenant("other"));
        let mut inside: Vec<Place> = Vec::new();
        while let Ok(place) = gate.enter(Priority::Interactive, Some(&flood)) {
            inside.push(place);
        }
        assert_eq!(inside.len(), 100);
        let urgent = gate.enter(Priority::Urgent, Some(&flood)).unwrap();
        let mut others = vec![gate.enter(Priority::Interactive, Some(&other)).unwrap()];
        // As calls of the flood end, the other gets what it asks for, up to its share.
        for _ in 0..60 {
            inside.pop();
            others.extend(gate.enter(Priority::Interactive, Some(&other)));
            inside.extend(gate.enter(Priority::Interactive, Some(&flood)));
        }
        assert!(others.len() >= 50, "a half: {}", others.len());
        drop(urgent);
    }

    #[test]
    fn the_hint_grows_with_what_is_refused() {
        let gate = gate(1);
        let _place = gate.enter(Priority::Interactive, None).unwrap();
        let mut hints: Vec<Duration> = (0..200).map(|_| gate.enter(Priority::Interactive, None).unwrap_err()).collect();
        assert!(hints[0] < Duration::from_millis(500) && hints[199] == LATE);
        hints.dedup();
        assert!(hints.is_sorted() && hints.len() > 10);
    }
}

//! Single flight: of those who want the same at once, one gets it for all.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use tokio::sync::Mutex as AsyncMutex;

/// What was got last, and when getting it began.
type Last<T> = AsyncMutex<Option<(u64, T)>>;

/// Who wants what. Whoever comes while it is being got waits, and shares what is got next: what is under way may have been
/// read before something that the newcomer knows of.
pub(super) struct Flights<K: Eq + Hash + Clone, T> {
    flying: Mutex<HashMap<K, Arc<Last<T>>>>,
    moment: AtomicU64,
}

impl<K: Eq + Hash + Clone, T: Clone> Default for Flights<K, T> {
    fn default() -> Self {
        Self { flying: Mutex::default(), moment: AtomicU64::new(0) }
    }
}

impl<K: Eq + Hash + Clone, T: Clone> Flights<K, T> {
    /// What somebody got since this call began, or what we get; we are told whether we had to wait for our turn.
    pub(super) async fn share<F: Future<Output = T>>(&self, key: K, get: impl FnOnce(bool) -> F) -> T {
        let arrived = self.now();
        let boarding = Boarding { flights: self, last: self.boarding(&key), key };
        let (mut last, waited) = match boarding.last.try_lock() {
            Ok(last) => (last, false),
            Err(_) => (boarding.last.lock().await, true),
        };
        if let Some((begun, got)) = &*last
            && *begun > arrived
        {
            return got.clone();
        }
        let begun = self.now();
        let got = get(waited).await;
        *last = Some((begun, got.clone()));
        got
    }

    fn now(&self) -> u64 {
        self.moment.fetch_add(1, SeqCst)
    }

    fn boarding(&self, key: &K) -> Arc<Last<T>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default().clone()
    }
}

/// Somebody's place, which the last one to leave takes away.
struct Boarding<'a, K: Eq + Hash + Clone, T> {
    flights: &'a Flights<K, T>,
    last: Arc<Last<T>>,
    key: K,
}

impl<K: Eq + Hash + Clone, T> Drop for Boarding<'_, K, T> {
    fn drop(&mut self) {
        let mut flying = self.flights.flying.lock().unwrap_or_else(PoisonError::into_inner);
        // The table's and ours.
        if Arc::strong_count(&self.last) <= 2 {
            flying.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures::{future::join_all, join, poll};
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_share_what_is_got_after_they_came() {
        let (flights, runs, go) = (Flights::<u8, usize>::default(), AtomicUsize::new(0), Notify::new());
        let get = |_waited: bool| async {
            go.notified().await;
            runs.fetch_add(1, SeqCst)
        };
        let mut first = Box::pin(flights.share(1, get));
        assert!(poll!(&mut first).is_pending());
        let mut rest = Box::pin(join_all((0..50).map(|_| flights.share(1, get))));
        assert!(poll!(&mut rest).is_pending());
        let other = async {
            go.notify_one();
            assert_eq!(first.await, 0, "nobody waits for those who come later");
            go.notify_one();
        };
        let (rest, ()) = join!(rest, other);
        assert_eq!(rest, vec![1; 50], "one run for all who came during the first");
        assert!(flights.flying.lock().is_ok_and(|flying| flying.is_empty()), "nothing is left behind");
    }

    #[tokio::test]
    async fn another_takes_over_from_one_who_gives_up() {
        let flights = Flights::<u8, usize>::default();
        let mut first = Box::pin(flights.share(1, |_| std::future::pending()));
        assert!(poll!(&mut first).is_pending());
        let mut second = Box::pin(flights.share(1, |waited| async move { usize::from(waited) }));
        assert!(poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(second.await, 1);
        assert!(flights.flying.lock().is_ok_and(|flying| flying.is_empty()));
    }
}

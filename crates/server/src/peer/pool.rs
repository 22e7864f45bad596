//! The replicas of a service, and which of them gets the next call.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream};
use tenure_kernel::Refusal;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::{
    address::Address,
    member::{Member, Way},
};
use crate::config::ConfigError;

/// How often names are looked up anew.
const LOOK_UP: Duration = Duration::from_secs(3);
/// How long a call waits for the first replica to be reached.
const PATIENCE: Duration = Duration::from_secs(5);

/// The replicas behind some addresses. When it is dropped, they are let go.
pub(super) struct Pool {
    found: Arc<Found>,
    _gone: DropGuard,
}

struct Found {
    addresses: Vec<Address>,
    tls: Option<ClientTlsConfig>,
    domain: String,
    members: Mutex<Members>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Members {
    each: BTreeMap<(usize, SocketAddr), Arc<Member>>,
    /// Whether the names were looked up once.
    known: bool,
}

impl Pool {
    /// Looks for the replicas from now on. Needs a runtime.
    pub(super) fn start(addresses: Vec<Address>, tls: Option<ClientTlsConfig>, domain: String) -> Self {
        let (members, changed) = (Mutex::default(), watch::Sender::new(()));
        let found = Arc::new(Found { addresses, tls, domain, members, changed });
        let gone = CancellationToken::new();
        let (looking, until) = (found.clone(), gone.clone());
        tokio::spawn(async move { until.run_until_cancelled(looking.look(&until)).await });
        Self { found, _gone: gone.drop_guard() }
    }

    /// The replica that takes calls and has the fewest under way.
    ///
    /// # Errors
    /// `UNAVAILABLE` when there is none: at once if all were tried, else after a moment.
    pub(super) async fn way(&self) -> Result<Way, Refusal> {
        let until = Instant::now() + PATIENCE;
        let mut changed = self.found.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if let Some(way) = self.found.pick() {
                return Ok(way);
            }
            let hope = self.found.may_come();
            if !hope || !matches!(timeout_at(until, changed.changed()).await, Ok(Ok(()))) {
                return Err(Refusal::unavailable("peer"));
            }
        }
    }
}

impl Found {
    async fn look(&self, gone: &CancellationToken) {
        let fixed = self.addresses.iter().all(Address::is_number);
        loop {
            self.resolve(gone).await;
            if fixed {
                return;
            }
            sleep(LOOK_UP).await;
        }
    }

    /// Takes in the machines that are new and lets go of those that are gone. Where the name service fails, nothing changes.
    async fn resolve(&self, gone: &CancellationToken) {
        let look_up = |(place, address): (usize, Address)| async move { (place, address.resolve().await) };
        let addresses = stream::iter(self.addresses.iter().cloned().enumerate());
        let found: Vec<_> = addresses.map(look_up).buffer_unordered(8).collect().await;
        for (place, machines) in found {
            if let Ok(machines) = machines {
                self.settle(place, &machines, gone);
            }
        }
        self.members().known = true;
        self.changed.send_modify(|()| {});
    }

    /// From now on these are the machines of an address.
    fn settle(&self, place: usize, machines: &[SocketAddr], gone: &CancellationToken) {
        let mut members = self.members();
        members.each.retain(|(of, machine), member| {
            let stays = *of != place || machines.contains(machine);
            if !stays {
                member.gone.cancel();
            }
            stays
        });
        for machine in machines {
            let Ok(endpoint) = self.endpoint(place, *machine) else { continue };
            let member = || Member::keep(endpoint, self.changed.clone(), gone.child_token());
            members.each.entry((place, *machine)).or_insert_with(member);
        }
    }

    fn endpoint(&self, place: usize, machine: SocketAddr) -> Result<Endpoint, ConfigError> {
        self.addresses[place].endpoint(machine, self.tls.as_ref(), &self.domain)
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of those with as few calls as possible one at random, so that callers who start together spread.
    fn pick(&self) -> Option<Way> {
        let members = self.members();
        let count = members.each.len().max(1);
        let first = rand::random_range(0..count);
        let mut order: Vec<&Arc<Member>> = members.each.values().cycle().skip(first).take(members.each.len()).collect();
        order.sort_by_key(|member| member.busy());
        order.into_iter().find_map(Member::way)
    }

    /// Whether some replica was neither reached nor missed yet.
    fn may_come(&self) -> bool {
        let members = self.members();
        !members.known || members.each.values().any(|member| member.is_new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn machines_that_are_new_are_taken_in_and_those_that_are_gone_let_go() {
        let addresses = ["http://a:1", "http://b:1"].map(|text| Address::parse(text).unwrap()).to_vec();
        let (members, changed) = (Mutex::default(), watch::Sender::new(()));
        let found = Found { addresses, tls: None, domain: String::new(), members, changed };
        let machine = |last: u8| SocketAddr::from(([127, 0, 0, last], 1));
        let (gone, known) = (CancellationToken::new(), || found.members().each.keys().copied().collect::<Vec<_>>());
        found.settle(0, &[machine(1), machine(2)], &gone);
        found.settle(1, &[machine(1)], &gone);
        let (stays, goes) = {
            let members = found.members();
            (members.each[&(0, machine(1))].clone(), members.each[&(0, machine(2))].clone())
        };
        found.settle(0, &[machine(3), machine(1)], &gone);
        assert_eq!(known(), [(0, machine(1)), (0, machine(3)), (1, machine(1))]);
        assert!(Arc::ptr_eq(&stays, &found.members().each[&(0, machine(1))]), "its connection is kept");
        assert!(goes.gone.is_cancelled() && !stays.gone.is_cancelled());
        gone.cancel();
        assert!(stays.gone.is_cancelled(), "all are let go with the pool");
    }
}

//! Quotas of tenants: calls a second and touchpoints a second, each with what may come at once. In this process: every replica
//! counts for itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tenure_kernel::{
    refusal::{Reason, Refusal},
    tenant::Tenant,
};
use tokio::time::{Instant, sleep};

use crate::config::{QuotaConfig, TenantQuotaConfig};

/// A generic cell rate: the moment at which all that was taken is paid for. As long as that lies within the tolerance, more may be
/// taken, of any size: what is too large is paid for by a longer wait of whatever comes next.
#[derive(Debug, Clone, Copy)]
struct Cell {
    paid: Instant,
    each: Duration,
    tolerance: Duration,
}

impl Cell {
    /// None without a limit.
    fn new(rate: u32, burst: Duration, now: Instant) -> Option<Self> {
        let each = Duration::from_secs(1).checked_div(rate)?;
        Some(Self { paid: now, each, tolerance: burst.max(each) })
    }

    /// Takes an amount, or says how long to wait.
    fn take(&mut self, amount: u32, now: Instant) -> Result<(), Duration> {
        let paid = self.paid.max(now);
        let owed = paid - now;
        // Strictly within: who owes all of the tolerance waits.
        if owed >= self.tolerance {
            return Err(owed - self.tolerance + self.each);
        }
        self.paid = paid.checked_add(self.each.saturating_mul(amount)).unwrap_or(paid);
        Ok(())
    }
}

#[derive(Debug)]
struct Cells {
    calls: Option<Cell>,
    touchpoints: Option<Cell>,
}

/// What a tenant may take from this process a second.
#[derive(Debug, Clone)]
pub struct TenantQuota(Arc<Mutex<Cells>>);

impl TenantQuota {
    fn new(config: &TenantQuotaConfig, burst: Duration) -> Option<Self> {
        let now = Instant::now();
        let calls = Cell::new(config.calls_per_second, burst, now);
        let touchpoints = Cell::new(config.touchpoints_per_second, burst, now);
        (calls.is_some() || touchpoints.is_some()).then(|| Self(Arc::new(Mutex::new(Cells { calls, touchpoints }))))
    }

    fn take(&self, cell: impl Fn(&mut Cells) -> &mut Option<Cell>, amount: u32) -> Result<(), Duration> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cell(&mut cells).as_mut().map_or(Ok(()), |cell| cell.take(amount, Instant::now()))
    }

    /// Takes a call.
    pub(crate) fn call(&self) -> Result<(), Refusal> {
        self.take(|cells| &mut cells.calls, 1).map_err(|wait| exceeded("calls", wait))
    }

    /// Takes touchpoints.
    ///
    /// # Errors
    /// `QUOTA_EXCEEDED` when the tenant took its share already.
    pub fn touchpoints(&self, amount: usize) -> Result<(), Refusal> {
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        self.take(|cells| &mut cells.touchpoints, amount).map_err(|wait| exceeded("touchpoints", wait))
    }

    /// Takes touchpoints once they may be taken, for who can wait.
    pub async fn touchpoints_in_time(&self, amount: usize) {
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        while let Err(wait) = self.take(|cells| &mut cells.touchpoints, amount) {
            sleep(wait).await;
        }
    }
}

fn exceeded(what: &'static str, wait: Duration) -> Refusal {
    let refusal = Refusal::new(Reason::QuotaExceeded, format!("the tenant's quota of {what} a second is used up"));
    // Rounded up: who comes a moment too early only comes again.
    refusal.with("resource", what).retry(Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1))
}

/// The quotas of all tenants.
#[derive(Debug)]
pub(crate) struct Quotas {
    config: QuotaConfig,
    tenants: Mutex<HashMap<Tenant, Option<TenantQuota>>>,
}

impl Quotas {
    pub(crate) fn new(config: QuotaConfig) -> Self {
        Self { config, tenants: Mutex::default() }
    }

    /// The quota of a tenant, if it has one. Tenants come from credentials, so there are as many as are known.
    pub(crate) fn of(&self, tenant: &Tenant) -> Option<TenantQuota> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tenants.get(tenant) {
            return known.clone();
        }
        let burst = Duration::from_millis(self.config.burst_ms);
        let quota = TenantQuota::new(&self.config.tenant(tenant.as_str()), burst);
        tenants.insert(tenant.clone(), quota.clone());
        quota
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Over any time no more is let through than the rate and one burst, beside the last thing taken; and who keeps to the
        /// rate is never refused.
        #[test]
        fn lets_through_the_rate_and_a_burst(
            rate in 1_u32..2_000,
            burst_ms in 1_u64..5_000,
            steps in prop::collection::vec((0_u64..200, 1_u32..600), 1..200),
        ) {
            let begun = Instant::now();
            let mut cell = Cell::new(rate, Duration::from_millis(burst_ms), begun).unwrap();
            let (mut now, mut taken, mut last) = (begun, 0_u64, 0);
            for (wait, amount) in steps {
                now += Duration::from_millis(wait);
                if cell.take(amount, now).is_ok() {
                    taken += u64::from(amount);
                    last = u64::from(amount);
                }
                let most = cell.tolerance.as_secs_f64().mul_add(f64::from(rate), (now - begun).as_secs_f64() * f64::from(rate));
                prop_assert!((taken - last) as f64 <= most + 1.0, "{taken} of {most}");
            }
        }

        #[test]
        fn refuses_nobody_who_keeps_to_the_rate(rate in 1_u32..2_000, amounts in prop::collection::vec(1_u32..600, 1..100)) {
            let mut now = Instant::now();
            let mut cell = Cell::new(rate, Duration::ZERO, now).unwrap();
            for amount in amounts {
                prop_assert!(cell.take(amount, now).is_ok());
                now += cell.each * amount;
            }
        }

        #[test]
        fn the_wait_that_is_told_is_enough(rate in 1_u32..2_000, amounts in prop::collection::vec(1_u32..600, 1..100)) {
            let mut now = Instant::now();
            let mut cell = Cell::new(rate, Duration::from_millis(100), now).unwrap();
            for amount in amounts {
                if let Err(wait) = cell.take(amount, now) {
                    now += wait;
                    prop_assert!(cell.take(amount, now).is_ok());
                }
            }
        }
    }

    #[tokio::test]
    async fn who_can_wait_waits_until_all_is_paid_for() {
        let config = TenantQuotaConfig { calls_per_second: 0, touchpoints_per_second: 1_000 };
        let quota = TenantQuota::new(&config, Duration::from_millis(1)).unwrap();
        let begun = Instant::now();
        for _ in 0..4 {
            quota.touchpoints_in_time(50).await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(149), "{:?}", begun.elapsed());
        assert_eq!(quota.touchpoints(1).unwrap_err().reason, Reason::QuotaExceeded);
        assert!(quota.call().is_ok(), "no limit is no limit");
    }
}

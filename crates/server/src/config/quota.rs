//! What tenants may take.

use std::collections::BTreeMap;

use serde::Deserialize;
use tenure_kernel::tenant::Tenant;

/// What each tenant may take from this process a second. Every replica counts for itself: three let through three times as much.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaConfig {
    /// Calls a second of a tenant that is not named below; 0: as many as there is room for. Default 0.
    pub calls_per_second: u32,
    /// Touchpoints a second of a tenant that is not named below; 0: as many as there is room for. Default 0.
    pub touchpoints_per_second: u32,
    /// How much may come at once, in milliseconds of what may come in that time, 1 to 3,600,000. A call that is larger
    /// is taken when nothing is owed, and then there is a longer wait. Default 2000.
    pub burst_ms: u64,
    /// Quotas of single tenants, by name.
    pub tenants: BTreeMap<String, TenantQuotaConfig>,
}

/// What one tenant may take from this process a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantQuotaConfig {
    /// Calls a second; 0: as many as there is room for.
    pub calls_per_second: u32,
    /// Touchpoints a second; 0: as many as there is room for.
    pub touchpoints_per_second: u32,
}

impl Default for QuotaConfig {
    fn default() -> Self {
        Self { calls_per_second: 0, touchpoints_per_second: 0, burst_ms: 2_000, tenants: BTreeMap::new() }
    }
}

impl QuotaConfig {
    /// The quota of a tenant.
    #[must_use]
    pub fn tenant(&self, name: &str) -> TenantQuotaConfig {
        let (calls_per_second, touchpoints_per_second) = (self.calls_per_second, self.touchpoints_per_second);
        let all = TenantQuotaConfig { calls_per_second, touchpoints_per_second };
        self.tenants.get(name).copied().unwrap_or(all)
    }

    /// Everything that is wrong, each with its key.
    pub(crate) fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !(1..=3_600_000).contains(&self.burst_ms) {
            wrong.push(format!("quota.burst_ms: {} is not from 1 through 3600000", self.burst_ms));
        }
        let unfit = self.tenants.keys().filter(|name| name.parse::<Tenant>().is_err());
        wrong.extend(unfit.map(|name| format!("quota.tenants.{name}: a tenant is 1 to 32 of a-z, 0-9 and '-'")));
        wrong
    }
}

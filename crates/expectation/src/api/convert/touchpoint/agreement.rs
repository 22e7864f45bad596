//! What touchpoints tell of contracts, policies and accounts that customers hold.

use tenure_proto::collector::v1::{TouchpointType as Type, touchpoint::Detail};
use tenure_server::wire;

use super::{Told, matter};
use crate::domain::{loyalty::Agreement, promise::MatterKind};

/// Whether it holds from then on; none: the type says nothing of it.
fn holds(kind: Type) -> Option<bool> {
    match kind {
        Type::ContractStarted
        | Type::ContractRenewed
        | Type::ContractRetained
        | Type::ContractWonBack
        | Type::AccountOpened => Some(true),
        Type::ContractLapsed | Type::ContractCancelled | Type::AccountClosed => Some(false),
        _ => None,
    }
}

/// Whether touchpoints of a type tell of what is held.
pub(super) fn may_tell(kind: Type) -> bool {
    holds(kind).is_some()
}

impl Told<'_> {
    /// What began, went on or ended. Of what has no reference nobody could tell that it ended.
    pub(super) fn agreement(&self) -> Option<Agreement> {
        let holds = holds(self.kind())?;
        let matter = matter::named(MatterKind::Contract, &self.body.correlation.as_ref()?.contract_ref)?;
        let until = match &self.body.detail {
            Some(Detail::Contract(detail)) => detail.end_time.as_ref().and_then(wire::timestamp),
            _ => None,
        };
        Some(Agreement { touchpoint: self.touchpoint, at: self.at, matter, holds, until })
    }
}

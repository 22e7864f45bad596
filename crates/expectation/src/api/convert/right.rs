//! What was stated of a customer's rights, as far as it matters here.

use tenure_kernel::{RightId, TouchpointId};
use tenure_proto::profile::v1::{Right, right::Kind};
use tenure_records::RestrictionStep;
use tenure_server::wire;

use crate::domain::{consent::ConsentStep, history::History};

/// What it states. A legal hold keeps data and matters to erasures only.
pub(crate) fn history(right: &Right) -> History {
    let consents = objection(right).into_iter().collect();
    let restrictions = RestrictionStep::of(right).into_iter().collect();
    History { consents, restrictions, ..History::default() }
}

fn objection(right: &Right) -> Option<ConsentStep> {
    let id: RightId = right.right_id.parse().ok().filter(|_| right.kind() == Kind::Objection)?;
    Some(ConsentStep {
        touchpoint: TouchpointId(id.0),
        at: right.state_time.as_ref().and_then(wire::timestamp)?,
        source_rank: i32::MAX,
        purpose: right.purpose_code.clone(),
        channel: String::new(),
        allows: false,
    })
}

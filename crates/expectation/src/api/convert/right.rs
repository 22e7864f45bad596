//! What was stated of a customer's rights, as far as it matters here.

use tenure_kernel::TouchpointId;
use tenure_proto::profile::v1::{Right, right::Kind};
use tenure_server::wire;

use crate::domain::{consent::ConsentStep, history::History, restriction::RestrictionStep};

/// What it states. A legal hold keeps data and matters to erasures only.
pub(crate) fn history(right: &Right) -> History {
    let mut history = History::default();
    let (Ok(id), Some(at)) = (right.right_id.parse(), right.state_time.as_ref().and_then(wire::timestamp)) else {
        return history;
    };
    match right.kind() {
        Kind::Restriction => {
            let expires_at = right.expire_time.as_ref().and_then(wire::timestamp);
            history.restrictions.push(RestrictionStep::Begins { right: id, at, expires_at });
        }
        Kind::End => {
            let ended = right.ended_right_id.parse().ok();
            history.restrictions.extend(ended.map(|right| RestrictionStep::Ends { right, at }));
        }
        Kind::Objection => history.consents.push(ConsentStep {
            touchpoint: TouchpointId(id.0),
            at,
            source_rank: i32::MAX,
            purpose: right.purpose_code.clone(),
            channel: String::new(),
            allows: false,
        }),
        Kind::Hold | Kind::Unspecified => {}
    }
    history
}

//! Review tasks.

use tenure_linkage::model::probability;
use tenure_proto::identity::v1::{self as pb, review_task::Kind};

use crate::{
    app::list_review_tasks::Task,
    domain::{edge::bits, review::Why},
};

/// A task for the wire.
pub(crate) fn to_wire(task: &Task, model_version: &str) -> pb::ReviewTask {
    let kind = match task.why {
        Why::Pair => Kind::Pair,
        Why::Bridge => Kind::Bridge,
        Why::Large => Kind::Large,
        Why::Tangle => Kind::Tangle,
    };
    let is_pair = matches!(task.why, Why::Pair | Why::Bridge);
    pb::ReviewTask {
        kind: kind.into(),
        left_record_id: task.pair.0.to_string(),
        right_record_id: if is_pair { task.pair.1.to_string() } else { String::new() },
        person_ids: task.persons.iter().map(ToString::to_string).collect(),
        weight: bits(task.weight),
        probability: if is_pair { probability(bits(task.weight)) } else { 0.0 },
        record_count: i32::try_from(task.records).unwrap_or(i32::MAX),
        priority: task.priority,
        model_version: model_version.to_owned(),
    }
}

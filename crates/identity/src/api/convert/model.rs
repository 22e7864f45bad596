//! Models.

use tenure_kernel::{ModelId, Reason, Refusal};
use tenure_linkage::Model;
use tenure_proto::identity::v1::{
    self as pb, evaluate_model_request::Target as Evaluated, promote_model_request::Target as Promoted,
};
use tenure_server::{Call, Violations, wire};

use super::request::request;
use crate::{
    app::{
        evaluate_model::{self, Differing, Outcome},
        list_models::InUse,
        promote_model::Promote,
        train_model::Train,
    },
    config::REQUEST_ID_BYTES,
    domain::model::Trained,
};

/// What to train on.
pub(crate) fn train<'a>(message: &'a pb::TrainModelRequest, call: &Call) -> Result<Train<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    violations.finish()?;
    // A repeat may come with another read token.
    let asked = pb::TrainModelRequest { read_after: String::new(), ..message.clone() };
    Ok(Train {
        request: request(&message.request_id, &asked, call),
        with_decisions: !message.ignore_decisions,
        read_after: &message.read_after,
    })
}

/// Which model to evaluate.
pub(crate) fn evaluated(message: &pb::EvaluateModelRequest) -> Result<Option<ModelId>, Refusal> {
    let mut violations = Violations::new();
    let target = message.target.as_ref().map(|target| match target {
        Evaluated::ModelId(text) => Ok(text.as_str()),
        Evaluated::Shipped(shipped) => Err(*shipped),
    });
    let id = which(&mut violations, target);
    violations.finish().map(|()| id)
}

/// Which model to promote.
pub(crate) fn promote<'a>(message: &'a pb::PromoteModelRequest, call: &Call) -> Result<Promote<'a>, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &message.request_id, REQUEST_ID_BYTES);
    let target = message.target.as_ref().map(|target| match target {
        Promoted::ModelId(text) => Ok(text.as_str()),
        Promoted::Shipped(shipped) => Err(*shipped),
    });
    let model = which(&mut violations, target);
    violations.finish()?;
    Ok(Promote { request: request(&message.request_id, message, call), model, expected: &message.expected_version })
}

/// An id, or that it is the model that everybody starts with.
fn which(violations: &mut Violations, target: Option<Result<&str, bool>>) -> Option<ModelId> {
    match target {
        Some(Ok(text)) => return violations.id("model_id", text),
        Some(Err(true)) => {}
        Some(Err(false)) => {
            violations.push("shipped", Reason::FieldOutOfRange, "true, or name a model_id");
        }
        None => {
            violations.push("target", Reason::FieldRequired, "model_id or shipped is needed");
        }
    }
    None
}

/// A model.
pub(crate) fn to_wire(model: &Trained) -> pb::Model {
    pb::Model {
        model_id: model.id.to_string(),
        version: model.version.clone(),
        create_time: Some(wire::to_wire(model.at)),
        record_count: model.records,
        pair_count: model.pairs,
        label_count: model.labels,
    }
}

/// The model in use.
pub(crate) fn in_use(found: &InUse) -> pb::ModelInUse {
    let shipped = || pb::Model { version: Model::shipped().version, ..pb::Model::default() };
    pb::ModelInUse {
        model: Some(found.model.as_ref().map_or_else(shipped, to_wire)),
        promote_time: found.since.map(wire::to_wire),
        rescored_share: found.rescored,
    }
}

/// What would change.
pub(crate) fn difference(found: &evaluate_model::Evaluated) -> pb::ModelDifference {
    let [current, evaluated] = &found.outcomes;
    pb::ModelDifference {
        record_count: count(found.records),
        total_record_count: found.total,
        current: Some(outcome(current, found.difference.before)),
        evaluated: Some(outcome(evaluated, found.difference.after)),
        parted_person_count: count(found.difference.parted),
        joined_person_count: count(found.difference.joined),
        moved_record_count: count(found.difference.moved),
        pairs: found.pairs.iter().map(differing).collect(),
    }
}

fn outcome(outcome: &Outcome, persons: usize) -> pb::ModelOutcome {
    pb::ModelOutcome {
        model_version: outcome.version.clone(),
        person_count: count(persons),
        review_pair_count: count(outcome.reviews),
        oversized_person_count: count(outcome.oversized),
        decided_pair_count: count(outcome.agreement.labels),
        agreed_pair_count: count(outcome.agreement.agreed),
        log_loss: outcome.agreement.log_loss,
    }
}

fn differing(one: &Differing) -> pb::DifferingPair {
    pb::DifferingPair {
        left_record_id: one.pair.0.to_string(),
        right_record_id: one.pair.1.to_string(),
        current_weight: one.bits[0],
        evaluated_weight: one.bits[1],
        joined: one.joined,
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

//! Weights on the wire.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, wire};

use super::field;
use crate::domain::{
    calibration::{Doubt, Proposal},
    weights::{BUILT_IN, Own, Weights},
};

/// Attributes at most.
const MOST_ATTRIBUTES: usize = 100;
const LOSS_AVERSION: (f64, f64) = (0.5, 10.0);

/// What begins the versions of a tenant's own.
const OWN: &str = "own-";

/// Reads what is to be defined, and by which request.
pub(crate) fn define_weights(request: pb::DefineWeightsRequest) -> Result<(String, pb::WeightsDefinition), Refusal> {
    let mut wrong = Violations::new();
    field::request_id(&mut wrong, &request.request_id);
    let Some(definition) = wrong.required("definition", request.definition) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    for (field, value, bounds) in [
        ("loss_aversion", definition.loss_aversion, LOSS_AVERSION),
        ("curvature", definition.curvature, (0.1, 1.0)),
        ("repeated_factor", definition.repeated_factor, (1.0, 5.0)),
        ("recovery_share", definition.recovery_share, (0.0, 1.0)),
    ] {
        within(&mut wrong, format!("definition.{field}"), value, bounds);
    }
    attributes(&mut wrong, &definition.attributes);
    wrong.finish()?;
    let asked = pb::WeightsDefinition { version: String::new(), define_time: None, ..definition };
    Ok((request.request_id, asked))
}

fn attributes(wrong: &mut Violations, attributes: &[pb::AttributeWeights]) {
    if attributes.len() > MOST_ATTRIBUTES {
        let many = format!("{}; at most {MOST_ATTRIBUTES} are allowed", attributes.len());
        wrong.push("definition.attributes", Reason::FieldTooLong, many);
        return;
    }
    let mut seen = BTreeSet::new();
    for (number, one) in attributes.iter().enumerate() {
        let name = |field: &str| format!("definition.attributes[{number}].{field}");
        let code = wrong.text(name("attribute_code"), &one.attribute_code, 64);
        if code.is_some_and(|code| !code.bytes().all(|byte| byte.is_ascii_graphic())) {
            wrong.push(name("attribute_code"), Reason::FieldMalformed, "must be letters, digits and signs of ASCII");
        } else if code.is_some_and(|code| !seen.insert(code)) {
            wrong.push(name("attribute_code"), Reason::FieldNotAllowed, "is there before");
        }
        within(wrong, name("loss_aversion"), one.loss_aversion, LOSS_AVERSION);
        within(wrong, name("weight"), one.weight, (0.0, 1.0));
        if one.loss_aversion.is_none() && one.weight.is_none() {
            wrong.push(name("loss_aversion"), Reason::FieldRequired, "it or weight is required");
        }
    }
}

fn within(wrong: &mut Violations, field: String, value: Option<f64>, (least, most): (f64, f64)) {
    // What is no number is in no range.
    if value.is_some_and(|value| !(least..=most).contains(&value)) {
        wrong.push(field, Reason::FieldOutOfRange, format!("{least} to {most}"));
    }
}

/// The name of a version of a tenant's own.
pub(crate) fn version(number: i64) -> String {
    format!("{OWN}{number}")
}

/// The number of a version of a tenant's own; none: no such version can be.
pub(crate) fn number(version: &str) -> Option<i64> {
    let number = version.strip_prefix(OWN)?.parse().ok().filter(|number| *number > 0)?;
    (self::version(number) == version).then_some(number)
}

/// A version as it is kept.
pub(crate) fn numbered(asked: pb::WeightsDefinition, number: i64, now: Timestamp) -> pb::WeightsDefinition {
    pb::WeightsDefinition { version: version(number), define_time: Some(wire::to_wire(now)), ..asked }
}

/// What was asked for when a version was defined.
pub(crate) fn asked(kept: &pb::WeightsDefinition) -> pb::WeightsDefinition {
    pb::WeightsDefinition { version: String::new(), define_time: None, ..kept.clone() }
}

/// The weights of a version that we wrote.
pub(crate) fn weights(kept: &pb::WeightsDefinition) -> Weights {
    let built_in = Weights::default();
    let own = |one: &pb::AttributeWeights| Own { loss_aversion: one.loss_aversion, weight: one.weight };
    Weights {
        version: kept.version.clone(),
        loss_aversion: kept.loss_aversion.unwrap_or(built_in.loss_aversion),
        curvature: kept.curvature.unwrap_or(built_in.curvature),
        repeated: kept.repeated_factor.unwrap_or(built_in.repeated),
        recovery: kept.recovery_share.unwrap_or(built_in.recovery),
        attributes: kept.attributes.iter().map(|one| (one.attribute_code.clone(), own(one))).collect(),
        ..built_in
    }
}

/// Weights with all that a definition may leave out.
pub(crate) fn described(kept: Option<&pb::WeightsDefinition>) -> pb::WeightsDefinition {
    let weights = kept.map(weights).unwrap_or_default();
    let attribute = |(code, own): (&String, &Own)| pb::AttributeWeights {
        attribute_code: code.clone(),
        loss_aversion: own.loss_aversion,
        weight: own.weight,
    };
    pb::WeightsDefinition {
        loss_aversion: Some(weights.loss_aversion),
        curvature: Some(weights.curvature),
        repeated_factor: Some(weights.repeated),
        recovery_share: Some(weights.recovery),
        attributes: weights.attributes.iter().map(attribute).collect(),
        version: weights.version,
        define_time: kept.and_then(|kept| kept.define_time),
    }
}

/// Reads which version is asked for.
pub(crate) fn describe_weights(request: &pb::DescribeWeightsRequest) -> Result<&str, Refusal> {
    let mut wrong = Violations::new();
    named(&mut wrong, "version", &request.version);
    wrong.finish()?;
    Ok(&request.version)
}

/// Notes what is wrong with the name of a version.
pub(super) fn named(wrong: &mut Violations, field: &str, version: &str) {
    if !version.is_empty() && version != BUILT_IN && number(version).is_none() {
        wrong.push(field, Reason::FieldMalformed, "not the name of a version");
    }
}

/// The answer: weights, and the numbers of a tenant's own.
pub(crate) fn describe_weights_response(
    kept: Option<&pb::WeightsDefinition>,
    numbers: Vec<i64>,
) -> pb::DescribeWeightsResponse {
    let versions = numbers.into_iter().map(version).chain([BUILT_IN.to_owned()]).collect();
    pb::DescribeWeightsResponse { definition: Some(described(kept)), versions }
}

/// What answers say of an attribute.
pub(crate) fn proposal(attribute: &str, proposal: &Proposal) -> pb::WeightsProposal {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let doubt = |doubt: &Doubt| match doubt {
        Doubt::FewLate => pb::WeightsDoubt::FewLate.into(),
        Doubt::NoGain => pb::WeightsDoubt::NoGain.into(),
        Doubt::MayBeOne => pb::WeightsDoubt::MayBeOne.into(),
    };
    let finite = |value: f64| value.is_finite().then_some(value);
    pb::WeightsProposal {
        attribute_code: attribute.to_owned(),
        answer_count: count(proposal.answers),
        late_count: count(proposal.late),
        early_count: count(proposal.early),
        loss_aversion: ratio(proposal),
        interval_low: proposal.interval.and_then(|(low, _)| finite(low)),
        interval_high: proposal.interval.and_then(|(_, high)| finite(high)),
        current_loss_aversion: proposal.current,
        doubts: proposal.doubts.iter().map(doubt).collect(),
    }
}

fn ratio(proposal: &Proposal) -> Option<f64> {
    proposal.fit.and_then(|fit| fit.ratio())
}

/// What to define, to adopt what is beyond doubt beside what is defined now; none: nothing is.
pub(crate) fn adopted(
    current: Option<&pb::WeightsDefinition>,
    proposals: &BTreeMap<&str, Proposal>,
) -> Option<pb::WeightsDefinition> {
    let mut definition = current.map(asked).unwrap_or_default();
    let (least, most) = LOSS_AVERSION;
    let sure = proposals.iter().filter(|(_, proposal)| proposal.doubts.is_empty());
    let sure: Vec<_> = sure.filter_map(|(code, proposal)| Some((*code, ratio(proposal)?.clamp(least, most)))).collect();
    for (code, ratio) in &sure {
        let own = definition.attributes.iter_mut().find(|one| one.attribute_code == *code);
        match own {
            Some(own) => own.loss_aversion = Some(*ratio),
            None => definition.attributes.push(pb::AttributeWeights {
                attribute_code: (*code).to_owned(),
                loss_aversion: Some(*ratio),
                weight: None,
            }),
        }
    }
    (!sure.is_empty()).then_some(definition)
}

//! What profile writes to its journal on rights: `RightStated`, `ErasureDecided` and `ErasureChanged`, to and from the domain. The
//! registers keep the same payloads.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId};
use tenure_proto::profile::v1::{self as pb, erasure::State as WireState, record_decision::Decision as WireDecision};
use tenure_server::wire;

use crate::domain::{
    change::{Cause, Change},
    erasure::{Decision, Erasure, Ground, Judged, State},
    fact_class::{Class, Fate},
    right::{Ended, Kind, Right},
};

/// What changed of persons.
pub(crate) fn profiles_changed(changes: &[Change]) -> pb::ProfilesChanged {
    let person = |change: &Change| pb::PersonChanged {
        person_id: change.person.0.to_vec(),
        revision: change.revision,
        paths: change.paths.clone(),
        traits: change.traits.clone(),
        entered_segments: change.entered.clone(),
        left_segments: change.left.clone(),
        cause: cause(change.cause).into(),
        gone: change.gone,
    };
    pb::ProfilesChanged { persons: changes.iter().map(person).collect() }
}

fn cause(cause: Cause) -> pb::ProfileChangeCause {
    match cause {
        Cause::Touchpoint => pb::ProfileChangeCause::Touchpoint,
        Cause::Right => pb::ProfileChangeCause::Right,
        Cause::Membership => pb::ProfileChangeCause::Membership,
        Cause::Erasure => pb::ProfileChangeCause::Erasure,
        Cause::Clock => pb::ProfileChangeCause::Clock,
        Cause::Definition => pb::ProfileChangeCause::Definition,
        Cause::Enrichment => pb::ProfileChangeCause::Enrichment,
    }
}

/// What was stated, as callers see it.
pub(crate) fn right(right: &Right) -> pb::Right {
    use pb::right::Kind as Wire;
    let (kind, purpose, ended) = match &right.kind {
        Kind::Restriction => (Wire::Restriction, "", String::new()),
        Kind::Objection(purpose) => (Wire::Objection, purpose.as_str(), String::new()),
        Kind::Hold => (Wire::Hold, "", String::new()),
        // What ends tells which it is.
        Kind::End(id, Ended::Restriction) => (Wire::End, RESTRICTION, id.to_string()),
        Kind::End(id, Ended::Hold) => (Wire::End, HOLD, id.to_string()),
    };
    pb::Right {
        right_id: right.id.to_string(),
        kind: kind.into(),
        person_id: right.person.to_string(),
        record_ids: right.records.iter().map(RecordId::to_string).collect(),
        ground_code: right.ground.clone(),
        purpose_code: purpose.to_owned(),
        ended_right_id: ended,
        state_time: Some(wire::to_wire(right.at)),
        expire_time: right.expires_at.map(wire::to_wire),
    }
}

const RESTRICTION: &str = "restriction";
const HOLD: &str = "hold";

/// What was stated; `None` if it is not something that we wrote.
pub(crate) fn read_right(message: pb::Right) -> Option<Right> {
    use pb::right::Kind as Wire;
    let kind = match message.kind() {
        Wire::Restriction => Kind::Restriction,
        Wire::Objection => Kind::Objection(message.purpose_code.clone()),
        Wire::Hold => Kind::Hold,
        Wire::End => {
            let ended = if message.purpose_code == HOLD { Ended::Hold } else { Ended::Restriction };
            Kind::End(message.ended_right_id.parse().ok()?, ended)
        }
        Wire::Unspecified => return None,
    };
    Some(Right {
        id: message.right_id.parse().ok()?,
        kind,
        person: message.person_id.parse().ok()?,
        records: message.record_ids.iter().map(|id| id.parse().ok()).collect::<Option<_>>()?,
        ground: message.ground_code,
        at: wire::timestamp(message.state_time.as_ref()?)?,
        expires_at: match &message.expire_time {
            Some(at) => Some(wire::timestamp(at)?),
            None => None,
        },
    })
}

/// An erasure, as callers see it.
pub(crate) fn erasure(erasure: &Erasure) -> pb::Erasure {
    let state = match erasure.state() {
        State::Erasing => WireState::Erasing,
        State::Retaining => WireState::Retaining,
        State::Done => WireState::Done,
    };
    let because = if erasure.run.is_some() { RETENTION } else { REQUEST };
    pb::Erasure {
        erasure_id: erasure.id.to_string(),
        person_id: erasure.person.to_string(),
        state: state.into(),
        records: erasure.records.iter().map(|(record, judged)| decision(*record, judged, because)).collect(),
        request_time: Some(wire::to_wire(erasure.asked_at)),
        retention_run_id: erasure.run.map(|run| run.to_string()).unwrap_or_default(),
    }
}

fn decision(record: RecordId, judged: &Judged, because: &'static str) -> pb::RecordDecision {
    let (fate, until) = match judged.decision {
        Decision::Erase => (Fate::Erase, None),
        Decision::Retain(ground, until) => (Fate::Retain(ground), until.map(wire::to_wire)),
    };
    let class = |(class, facts): (&Class, &usize)| {
        let (decision, ground) = told(class.fate(judged.decision), because);
        pb::ClassDecision {
            class_code: class.as_str().to_owned(),
            decision: decision.into(),
            ground_code: ground.to_owned(),
            retain_until_time: until,
            facts: number(*facts),
        }
    };
    let (decision, ground) = told(fate, because);
    pb::RecordDecision {
        record_id: record.to_string(),
        decision: decision.into(),
        ground_code: ground.to_owned(),
        retain_until_time: until,
        facts: number(judged.facts),
        aml_facts: number(judged.classes.get(&Class::DueDiligence).copied().unwrap_or_default()),
        erase_time: judged.erased_at.map(wire::to_wire),
        classes: judged.classes.iter().map(class).collect(),
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// What is done, and on what ground: what need not be kept goes because of something.
pub(crate) fn told(fate: Fate, because: &'static str) -> (WireDecision, &'static str) {
    match fate {
        Fate::Erase => (WireDecision::Erase, because),
        Fate::Outlived => (WireDecision::Erase, "retention_ended"),
        Fate::Anonymise => (WireDecision::Anonymise, "statistics"),
        Fate::Retain(Ground::AmlRetention) => (WireDecision::Retain, AML),
        Fate::Retain(Ground::LegalHold) => (WireDecision::Retain, LEGAL_HOLD),
        Fate::Retain(Ground::ComplaintRecord) => (WireDecision::Retain, COMPLAINT_RECORD),
        Fate::Retain(Ground::Restriction) => (WireDecision::Retain, RESTRICTION),
    }
}

/// Why what need not be kept goes.
const REQUEST: &str = "request";
pub(crate) const RETENTION: &str = "retention";
/// Why it is retained.
const AML: &str = "aml_retention";
const LEGAL_HOLD: &str = "legal_hold";
const COMPLAINT_RECORD: &str = "complaint_record";

/// An erasure; `None` if it is not one that we wrote.
pub(crate) fn read_erasure(message: pb::Erasure) -> Option<Erasure> {
    let records: Option<BTreeMap<RecordId, Judged>> = message.records.iter().map(read_decision).collect();
    Some(Erasure {
        id: message.erasure_id.parse().ok()?,
        person: message.person_id.parse::<PersonId>().ok()?,
        run: match message.retention_run_id.as_str() {
            "" => None,
            run => Some(run.parse().ok()?),
        },
        records: records?,
        asked_at: wire::timestamp(message.request_time.as_ref()?)?,
    })
}

fn read_decision(message: &pb::RecordDecision) -> Option<(RecordId, Judged)> {
    let until = message.retain_until_time.as_ref().and_then(wire::timestamp);
    let decision = match (message.decision(), message.ground_code.as_str()) {
        (WireDecision::Erase, _) => Decision::Erase,
        (WireDecision::Retain, LEGAL_HOLD) => Decision::Retain(Ground::LegalHold, until),
        (WireDecision::Retain, COMPLAINT_RECORD) => Decision::Retain(Ground::ComplaintRecord, until),
        (WireDecision::Retain, AML) => Decision::Retain(Ground::AmlRetention, until),
        (WireDecision::Retain, RESTRICTION) => Decision::Retain(Ground::Restriction, until),
        _ => return None,
    };
    let number = |count: i32| usize::try_from(count).ok();
    let class = |one: &pb::ClassDecision| Some((Class::of_code(&one.class_code)?, number(one.facts)?));
    let judged = Judged {
        decision,
        facts: number(message.facts)?,
        classes: message.classes.iter().map(class).collect::<Option<_>>()?,
        erased_at: message.erase_time.as_ref().and_then(wire::timestamp),
    };
    Some((message.record_id.parse().ok()?, judged))
}

#[cfg(test)]
mod tests {
    use tenure_kernel::{ErasureId, RetentionRunId, RightId, Timestamp};

    use super::*;

    #[test]
    fn what_is_stated_is_read_back_as_it_was_written() {
        let kinds = [
            Kind::Restriction,
            Kind::Objection("profiling".to_owned()),
            Kind::Hold,
            Kind::End(RightId([3; 16]), Ended::Restriction),
            Kind::End(RightId([4; 16]), Ended::Hold),
        ];
        for (kind, expires_at) in kinds.into_iter().zip([None, Some(Timestamp(9)), None, Some(Timestamp(8)), None]) {
            let stated = Right {
                id: RightId([1; 16]),
                kind,
                person: PersonId([2; 16]),
                records: vec![RecordId([5; 16]), RecordId([6; 16])],
                ground: "court_case".to_owned(),
                at: Timestamp(7),
                expires_at,
            };
            assert_eq!(read_right(right(&stated)), Some(stated));
        }
    }

    #[test]
    fn an_erasure_is_read_back_as_it_was_written() {
        let decisions = [
            Decision::Erase,
            Decision::Retain(Ground::AmlRetention, Some(Timestamp(50))),
            Decision::Retain(Ground::LegalHold, None),
            Decision::Retain(Ground::ComplaintRecord, None),
        ];
        let judged = |(number, decision)| {
            let erased_at = (number == 0).then_some(Timestamp(11));
            let classes = [(Class::Statements, 2), (Class::Happenings, 3), (Class::DueDiligence, 1)].into();
            (RecordId([number; 16]), Judged { decision, facts: 3, classes, erased_at })
        };
        let asked = Erasure {
            id: ErasureId([1; 16]),
            person: PersonId([2; 16]),
            run: None,
            records: (0..).zip(decisions).map(judged).collect(),
            asked_at: Timestamp(10),
        };
        assert_eq!(read_erasure(erasure(&asked)), Some(asked.clone()));
        let by_retention = Erasure { run: Some(RetentionRunId([3; 16])), ..asked };
        assert_eq!(erasure(&by_retention).records[0].ground_code, RETENTION);
        assert_eq!(read_erasure(erasure(&by_retention)), Some(by_retention));
    }
}

//! Changes of memberships, with ids as callers have them.

use tenure_journal::Told;
use tenure_kernel::{DecisionId, PersonId, RecordId};
use tenure_proto::identity::v1 as pb;

/// What is told for the wire.
pub(crate) fn to_wire(told: Told<pb::MembershipsChanged>) -> pb::WatchMembershipsResponse {
    let (change, conclude_time) = told.message.unzip();
    pb::WatchMembershipsResponse {
        change: change.map(|change| self::change(&change)),
        conclude_time: conclude_time.flatten(),
        read_token: told.read_token,
    }
}

fn change(change: &pb::MembershipsChanged) -> pb::MembershipChange {
    pb::MembershipChange {
        cause: change.cause,
        moves: change.moves.iter().map(record_move).collect(),
        redirects: change.redirects.iter().map(redirect).collect(),
        decision_id: DecisionId::from_slice(&change.decision_id).map(|id| id.to_string()).unwrap_or_default(),
        model_version: change.model_version.clone(),
        links: change.links.iter().map(link).collect(),
    }
}

fn link(link: &pb::Link) -> pb::RecordLink {
    pb::RecordLink {
        left_record_id: record(&link.left_record_id),
        right_record_id: record(&link.right_record_id),
        weight: link.weight,
    }
}

fn record(bytes: &[u8]) -> String {
    RecordId::from_slice(bytes).map(|id| id.to_string()).unwrap_or_default()
}

fn record_move(one: &pb::Move) -> pb::RecordMove {
    pb::RecordMove {
        record_id: record(&one.record_id),
        from_person_id: person(&one.from_person_id),
        to_person_id: person(&one.to_person_id),
        version: one.version,
    }
}

fn redirect(one: &pb::Redirect) -> pb::PersonRedirect {
    pb::PersonRedirect {
        from_person_id: person(&one.from_person_id),
        to_person_id: person(&one.to_person_id),
        version: one.version,
    }
}

/// Nobody is empty on either side.
fn person(bytes: &[u8]) -> String {
    PersonId::from_slice(bytes).map(|id| id.to_string()).unwrap_or_default()
}

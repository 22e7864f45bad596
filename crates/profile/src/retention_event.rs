//! What profile writes to its journal on retention, to and from the domain. The registers keep the same payloads.

use std::collections::BTreeMap;

use tenure_proto::profile::v1 as pb;
use tenure_server::wire;

use crate::{
    domain::{
        erasure::Ground,
        fact_class::Fate,
        fact_period::{FactPeriods, Group},
        retention::{Kind, Line, Policy, Run, What},
    },
    event::{RETENTION, told},
};

/// A policy, as callers see it.
pub(crate) fn policy(policy: &Policy) -> pb::RetentionPolicy {
    let period = |(kind, days): (&Kind, &i32)| pb::RetentionPeriod { kind_code: kind.as_str().to_owned(), days: *days };
    let facts = |(group, days): (&Group, &i32)| pb::FactPeriod { class_code: group.as_str().to_owned(), days: *days };
    pb::RetentionPolicy {
        periods: policy.periods.iter().map(period).collect(),
        version: policy.version,
        define_time: Some(wire::to_wire(policy.defined_at)),
        fact_periods: policy.facts.iter().map(facts).collect(),
    }
}

/// A policy; `None` if it is not one that we wrote.
pub(crate) fn read_policy(message: pb::RetentionPolicy) -> Option<Policy> {
    let period = |one: &pb::RetentionPeriod| Some((Kind::of_code(&one.kind_code)?, one.days));
    let periods: Option<BTreeMap<Kind, i32>> = message.periods.iter().map(period).collect();
    let facts = |one: &pb::FactPeriod| Some((Group::of_code(&one.class_code)?, one.days));
    let facts: Option<FactPeriods> = message.fact_periods.iter().map(facts).collect();
    let defined_at = wire::timestamp(message.define_time.as_ref()?)?;
    Some(Policy { version: message.version, periods: periods?, facts: facts?, defined_at })
}

/// A run, as callers see it.
pub(crate) fn run(run: &Run) -> pb::RetentionRun {
    let count = |(line, (records, facts)): (&Line, &(i64, i64))| {
        let (decision, ground) = told(line.fate, RETENTION);
        pb::RetentionCount {
            kind_code: line.kind.as_str().to_owned(),
            class_code: line.what.as_str().to_owned(),
            decision: decision.into(),
            ground_code: ground.to_owned(),
            records: *records,
            facts: *facts,
        }
    };
    pb::RetentionRun {
        run_id: run.id.to_string(),
        policy_version: run.version,
        dry_run: run.dry,
        begin_time: Some(wire::to_wire(run.began_at)),
        done_time: run.done_at.map(wire::to_wire),
        persons: run.persons,
        due_persons: run.due,
        counts: run.lines.iter().map(count).collect(),
        forgotten_facts: run.forgotten,
    }
}

/// A run, without how far it is; `None` if it is not one that we wrote.
pub(crate) fn read_run(message: pb::RetentionRun) -> Option<Run> {
    let line = |one: &pb::RetentionCount| {
        let is_it = |fate: &Fate| told(*fate, RETENTION) == (one.decision(), one.ground_code.as_str());
        let (kind, what) = (Kind::of_code(&one.kind_code)?, What::of_code(&one.class_code)?);
        Some((Line { kind, what, fate: FATES.into_iter().find(is_it)? }, (one.records, one.facts)))
    };
    Some(Run {
        id: message.run_id.parse().ok()?,
        version: message.policy_version,
        dry: message.dry_run,
        began_at: wire::timestamp(message.begin_time.as_ref()?)?,
        done_at: message.done_time.as_ref().and_then(wire::timestamp),
        persons: message.persons,
        due: message.due_persons,
        lines: message.counts.iter().map(line).collect::<Option<_>>()?,
        forgotten: message.forgotten_facts,
        after: None,
    })
}

const FATES: [Fate; 7] = [
    Fate::Erase,
    Fate::Outlived,
    Fate::Anonymise,
    Fate::Retain(Ground::AmlRetention),
    Fate::Retain(Ground::LegalHold),
    Fate::Retain(Ground::ComplaintRecord),
    Fate::Retain(Ground::Restriction),
];

#[cfg(test)]
mod tests {
    use tenure_kernel::{RetentionRunId, Timestamp};
    use tenure_proto::collector::v1::TouchpointType as Type;

    use super::*;
    use crate::domain::{fact_class::Class, retention::binds};

    #[test]
    fn what_is_kept_reads_as_it_was_written() {
        let periods = [(Kind::Customers, 2_555), (Kind::Prospects, 365)].into();
        let facts = [(Group::Digital, 30), (Group::Custom, 7)].into();
        let kept = Policy { version: 3, periods, facts, defined_at: Timestamp(9_000_000) };
        assert_eq!(read_policy(policy(&kept)), Some(kept));
        let what = |n| if n % 2 == 0 { What::Class(Class::Happenings) } else { What::Group(Group::Points) };
        let line = |(fate, n)| (Line { kind: Kind::Prospects, what: what(n), fate }, (n, n + 1));
        let kept = Run {
            id: RetentionRunId([1; 16]),
            version: 3,
            dry: true,
            began_at: Timestamp(7),
            done_at: Some(Timestamp(8)),
            persons: 5,
            due: 4,
            lines: FATES.into_iter().zip(1..).map(line).collect(),
            forgotten: 9,
            after: None,
        };
        assert_eq!(kept.lines.len(), FATES.len());
        assert_eq!(read_run(run(&kept)), Some(kept));
    }

    #[test]
    fn what_makes_a_customer_is_what_the_contract_calls_so() {
        let customer = [
            Type::ContractStarted,
            Type::ContractTermsChanged,
            Type::OrderPlaced,
            Type::WarrantyClaimed,
            Type::DeliveryPromised,
            Type::DeliveryDelivered,
            Type::PaymentSucceeded,
            Type::MandateRevoked,
            Type::AccountOpened,
            Type::LoanApproved,
            Type::RatePeriodEnding,
            Type::ClaimNotified,
            Type::ClaimReopened,
            Type::UsageThresholdReached,
            Type::PortOutRequested,
            Type::PointsEarned,
            Type::TierChanged,
        ];
        let none = [
            Type::KycPassed,
            Type::CartAbandoned,
            Type::CallQueued,
            Type::PromiseBroken,
            Type::LoanApplied,
            Type::LoanRejected,
            Type::AdviceGiven,
            Type::LoginSucceeded,
            Type::ReferralMade,
            Type::AddressChanged,
            Type::Custom,
        ];
        assert!(customer.iter().all(|one| binds(*one as i32)));
        assert!(!none.iter().any(|one| binds(*one as i32)));
    }
}

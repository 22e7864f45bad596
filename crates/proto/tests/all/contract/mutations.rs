//! A mutation can be repeated without harm: by a request id, or because it has a natural key.

use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::method_options::IdempotencyLevel;

use super::finds;
use crate::descriptors::{contract, has, methods};

/// The RPCs that need no request id, and their natural key.
const NATURAL_KEYS: &[(&str, &str)] = &[
    ("tenure.collector.v1.CollectorService.EraseRecords", "the records: erased once, they stay erased"),
    ("tenure.collector.v1.CollectorService.RecordTouchpoints", "source and event id of each touchpoint"),
    ("tenure.collector.v1.CollectorService.RegisterSchema", "the schema: an equal one returns the revision it has"),
    ("tenure.collector.v1.CollectorService.ReplayQuarantined", "the quarantined item: it is settled once"),
    ("tenure.collector.v1.CollectorService.ReportSourceProgress", "the source: the latest time wins"),
    ("tenure.collector.v1.CollectorService.StreamTouchpoints", "source and event id of each touchpoint"),
    ("tenure.expectation.v1.ExpectationService.DefineCalendar", "the calendar: equal days keep its version"),
    ("tenure.expectation.v1.ExpectationService.DecideRecovery", "campaign and customer: once decided, it stays so"),
    ("tenure.expectation.v1.ExpectationService.DefineIncident", "the code: an equal incident keeps its time"),
    ("tenure.expectation.v1.ExpectationService.DefineRecovery", "the code: an equal definition gets the first answer"),
    ("tenure.expectation.v1.ExpectationService.DefineServiceTarget", "the code: an equal definition keeps its version"),
    ("tenure.journal.v1.JournalService.RebuildProjection", "the projection: one rebuild runs at a time"),
    ("tenure.journal.v1.JournalService.ReplayParked", "the parked entries: what was applied is parked no more"),
    ("tenure.profile.v1.ProfileService.DefineRetention", "the tenant: equal periods keep their version"),
    ("tenure.profile.v1.ProfileService.DefineTrait", "the trait's name: an equal definition keeps its version"),
    ("tenure.profile.v1.ProfileService.DeleteTrait", "the trait's name: once deleted, it stays so"),
    ("tenure.profile.v1.ProfileService.DefineSegment", "the segment's name: an equal definition keeps its version"),
    ("tenure.profile.v1.ProfileService.DeleteSegment", "the segment's name: once deleted, it stays so"),
];

pub(super) fn mutations_are_repeatable(pool: &DescriptorPool) -> Vec<String> {
    let keyed = |method: &MethodDescriptor| NATURAL_KEYS.iter().any(|(name, _)| *name == method.full_name());
    let found = methods(pool).into_iter().filter(|method| needs_key(method) && !keyed(method));
    found.map(|method| format!("{} has no request_id", method.full_name())).collect()
}

fn needs_key(method: &MethodDescriptor) -> bool {
    let proto = method.method_descriptor_proto();
    let level =
        proto.options.as_ref().map_or(IdempotencyLevel::IdempotencyUnknown, |options| options.idempotency_level());
    level != IdempotencyLevel::NoSideEffects && !has(&method.input(), "request_id")
}

#[test]
fn no_natural_key_is_out_of_date() {
    let all = methods(&contract());
    for (name, reason) in NATURAL_KEYS {
        let method = all.iter().find(|method| method.full_name() == *name);
        assert!(method.is_some_and(needs_key) && !reason.is_empty(), "{name} needs no exception");
    }
}

#[test]
fn a_mutation_without_request_id_is_found() {
    finds(mutations_are_repeatable, "string request_id", "string number", "RecordSample has no request_id");
    finds(mutations_are_repeatable, "NO_SIDE_EFFECTS", "IDEMPOTENT", "ListSamples has no request_id");
}

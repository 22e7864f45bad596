"""What is wrong is set aside with every reason, is listed, and comes in once it is corrected."""

import grpc
from tenure.collector.v1 import collector_service_pb2
from tenure.error.v1 import reason_pb2
from tenure.profile.v1 import profile_service_pb2

from session import order

Status = collector_service_pb2.Outcome
BAD_EMAIL = "no address"


def waiting(session):
    """The items in quarantine, with their touchpoints."""
    request = collector_service_pb2.ListQuarantinedRequest(include_touchpoint=True, source="kiosk")
    return session.call(session.collector.ListQuarantined, request).items


def a_bad_item_is_set_aside(session):
    """Beside a good one, which is taken in."""
    bad = order("kiosk", "k-2", 1, None, key="k", email=BAD_EMAIL)
    bad.occur_time.FromJsonString("9999-01-01T00:00:00Z")
    request = collector_service_pb2.RecordTouchpointsRequest(
        touchpoints=[order("kiosk", "k-1", 0, 0, key="k"), bad]
    )
    good, outcome = session.call(session.collector.RecordTouchpoints, request).outcomes
    assert good.status == Status.STATUS_ACCEPTED, good
    assert outcome.status == Status.STATUS_QUARANTINED and outcome.quarantine_id, outcome
    reasons = {violation.field: reason_pb2.Reason.Name(violation.reason) for violation in outcome.violations}
    assert reasons == {
        "amount": "REASON_AMOUNT_MISSING",
        "occur_time": "REASON_TIME_INVALID",
        "subjects[0].identifiers[0].value": "REASON_IDENTIFIER_INVALID",
    }, reasons
    assert not any(BAD_EMAIL in violation.description for violation in outcome.violations)

    (item,) = waiting(session)
    assert item.quarantine_id == outcome.quarantine_id and list(item.violations) == list(outcome.violations), item
    assert item.touchpoint == bad, item
    session.quarantined = item
    return reasons


def a_corrected_item_comes_in(session):
    """Through the same door, and once only."""
    rpc, quarantine_id = session.collector.ReplayQuarantined, session.quarantined.quarantine_id
    corrected = order("kiosk", "k-2", 1, 4_200, key="k")
    request = collector_service_pb2.ReplayQuarantinedRequest(quarantine_id=quarantine_id, corrected=corrected)
    answer = session.call(rpc, request)
    assert answer.outcome.status == Status.STATUS_ACCEPTED, answer
    assert not waiting(session)
    assert session.call(rpc, request).outcome == answer.outcome, "a repeat gets the first answer"
    other = order("kiosk", "k-2", 1, 4_300, key="k")
    request = collector_service_pb2.ReplayQuarantinedRequest(quarantine_id=quarantine_id, corrected=other)
    code, info, _ = session.refusal(rpc, request)
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "QUARANTINE_SETTLED"), (code, info)

    request = profile_service_pb2.GetProfileRequest(
        record_id=answer.outcome.record_id, read_after=answer.read_token
    )
    assert session.call(session.profile.GetProfile, request).profile.person_id == session.person_id


def the_counts_add_up(session):
    """received = accepted + duplicate + quarantined + suppressed + refused."""
    request = collector_service_pb2.GetIntakeStatisticsRequest(source="kiosk")
    counts = session.call(session.collector.GetIntakeStatistics, request)
    assert (counts.received, counts.accepted, counts.quarantined) == (2, 2, 0), counts
    counts = session.call(session.collector.GetIntakeStatistics, collector_service_pb2.GetIntakeStatisticsRequest())
    parts = [counts.accepted, counts.duplicate, counts.quarantined, counts.suppressed, counts.refused]
    assert counts.received == sum(parts) and counts.duplicate == 3, counts
    return f"{counts.received} received"


STEPS = [a_bad_item_is_set_aside, a_corrected_item_comes_in, the_counts_add_up]

"""Refusals in full: google.rpc.Status with its details, as any language's client reads them."""

import grpc
from tenure.collector.v1 import collector_service_pb2
from tenure.error.v1 import reason_pb2
from tenure.profile.v1 import profile_service_pb2
from tenure.value.v1 import value_service_pb2

from session import order

DOMAIN = "tenure.dev"


def is_of_the_contract(info):
    """Whether the reason is one of the documented enum."""
    return info.domain == DOMAIN and f"REASON_{info.reason}" in reason_pb2.Reason.keys()


def a_caller_without_credential_is_refused(session):
    """Nothing is told but how to send one."""
    code, info, _ = session.refusal(
        session.profile.GetProfile, profile_service_pb2.GetProfileRequest(), metadata=[]
    )
    assert (code, info.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING"), (code, info)
    assert is_of_the_contract(info)


def a_bad_request_names_every_field(session):
    """All that is wrong comes at once, with the path of each field and its reason."""
    wrong = value_service_pb2.ScoreCustomerRequest(
        person_id="nobody", currency_code="EURO", horizon_weeks=9999, discount_rate=2.0
    )
    code, info, bad = session.refusal(session.value.ScoreCustomer, wrong)
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELDS_INVALID"), (code, info)
    assert is_of_the_contract(info)
    reasons = {violation.field: violation.reason for violation in bad.field_violations}
    assert set(reasons) == {"person_id", "currency_code", "horizon_weeks", "discount_rate"}, reasons
    assert all(f"REASON_{reason}" in reason_pb2.Reason.keys() for reason in reasons.values()), reasons
    assert all(violation.description for violation in bad.field_violations)
    return f"{info.reason} {reasons}"


def a_batch_has_its_limits(session):
    """No touchpoint at all, and more than 500, are refused as a whole."""
    for count in [0, 501]:
        touchpoints = [order("webshop", f"limit-{number}", 0, 100) for number in range(count)]
        request = collector_service_pb2.RecordTouchpointsRequest(touchpoints=touchpoints)
        code, info, bad = session.refusal(session.collector.RecordTouchpoints, request)
        assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELDS_INVALID"), (code, info)
        assert [violation.field for violation in bad.field_violations] == ["touchpoints"], bad


def what_is_not_there_is_not_found(session):
    """An id of the right form that nobody has."""
    request = profile_service_pb2.GetProfileRequest(person_id="person_01h2xcejqtf2nbrexx3vqjhp41")
    code, info, _ = session.refusal(session.profile.GetProfile, request)
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND"), (code, info)


STEPS = [
    a_caller_without_credential_is_refused,
    a_bad_request_names_every_field,
    a_batch_has_its_limits,
    what_is_not_there_is_not_found,
]

"""From touchpoints of two sources to one person, their profile and their value."""

import grpc
from tenure.collector.v1 import collector_service_pb2
from tenure.expectation.v1 import expectation_service_pb2, survey_pb2
from tenure.identity.v1 import identity_service_pb2, person_pb2
from tenure.profile.v1 import profile_service_pb2
from tenure.value.v1 import value_service_pb2

from session import EMAIL, order

Status = collector_service_pb2.Outcome
BATCHES, BATCH = 20, 50


def same_person_in_two_sources():
    """Two orders in the shop and one in the branch; the e-mail address is written in two ways."""
    return [
        order("webshop", "w-1", 0, 1999, key="anna", given_name="Anna", family_name="Vries"),
        order("webshop", "w-2", 14, 3001, key="anna"),
        order("branch", "b-1", 28, 5000, key="77", email=f" {EMAIL.title()} ", family_name="de Vries-Smit"),
    ]


def touchpoints_are_recorded_once(session):
    """Each has an outcome; what is only looked at is not stored, and what is repeated is not stored again."""
    request = collector_service_pb2.RecordTouchpointsRequest(touchpoints=same_person_in_two_sources())
    look = collector_service_pb2.RecordTouchpointsRequest(touchpoints=request.touchpoints, validate_only=True)
    answer = session.call(session.collector.RecordTouchpoints, look)
    assert [outcome.status for outcome in answer.outcomes] == [Status.STATUS_ACCEPTED] * 3, answer
    assert not answer.read_token

    session.recorded = session.call(
        session.collector.RecordTouchpoints, request, compression=grpc.Compression.Gzip
    )
    first, second, third = session.recorded.outcomes
    assert {first.status, second.status, third.status} == {Status.STATUS_ACCEPTED}, session.recorded
    assert first.record_id == second.record_id != third.record_id

    again = session.call(session.collector.RecordTouchpoints, request)
    assert [outcome.status for outcome in again.outcomes] == [Status.STATUS_DUPLICATE] * 3, again
    assert [outcome.touchpoint_id for outcome in again.outcomes] == [
        outcome.touchpoint_id for outcome in session.recorded.outcomes
    ]


def the_sources_are_one_person(session):
    """Found by the e-mail address in a third spelling."""
    query = person_pb2.IdentifierQuery(kind="email", value=EMAIL.upper())
    request = identity_service_pb2.ResolveIdentityRequest(
        identifiers=[query], read_after=session.recorded.read_token
    )
    (candidate,) = session.call(session.identity.ResolveIdentity, request).candidates
    assert candidate.person.record_count == 2 and list(candidate.matched_identifiers) == [0], candidate
    session.person_id = candidate.person.person_id


def the_profile_says_where_everything_comes_from(session):
    """The newest value of each field, from whichever source; counts over both."""
    request = profile_service_pb2.GetProfileRequest(
        record_id=session.recorded.outcomes[2].record_id, read_after=session.recorded.read_token
    )
    profile = session.call(session.profile.GetProfile, request).profile
    assert profile.person_id == session.person_id
    assert set(profile.record_ids) == {outcome.record_id for outcome in session.recorded.outcomes}
    fields = {field.path: (field.value, field.provenance.source) for field in profile.fields}
    assert fields["name.given_name"] == ("Anna", "webshop"), fields
    assert fields["name.family_name"] == ("de Vries-Smit", "branch"), fields
    assert fields["contact.email"] == (EMAIL, "branch"), fields
    assert all(field.provenance.record_time.seconds for field in profile.fields)
    assert [(item.type, item.count) for item in profile.touchpoints] == [("order.placed", 3)], profile.touchpoints


def the_value_counts_both_sources(session):
    """Three purchase days, two of them repeats; without a model there is no score."""
    token = session.recorded.read_token
    request = value_service_pb2.ListPurchaseSummariesRequest(currency_code="EUR", read_after=token)
    (summary,) = session.call(session.value.ListPurchaseSummaries, request).summaries
    assert summary.person_id == session.person_id
    assert (summary.purchases, summary.frequency, summary.total_minor_units) == (3, 2, 10_000), summary
    assert summary.recency_weeks == 4.0, summary

    request = value_service_pb2.ScoreCustomerRequest(person_id=session.person_id, currency_code="EUR")
    code, info, _ = session.refusal(session.value.ScoreCustomer, request)
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_MISSING"), (code, info)


def a_survey_is_reserved_once(session):
    """Nothing speaks against a survey but the time of day; a repeat gets the first answer, and by day the permit is used once."""
    survey = survey_pb2.Survey(kind=survey_pb2.SURVEY_KIND_RELATIONAL_NPS, channel_code="email")
    request = expectation_service_pb2.CheckSurveyRequest(
        person_id=session.person_id, survey=survey, read_after=session.recorded.read_token
    )
    decision = session.call(session.expectation.CheckSurvey, request).decision
    assert set(decision.reasons) <= {survey_pb2.SURVEY_REASON_QUIET_TIME}, decision
    by_day = decision.verdict == survey_pb2.SURVEY_VERDICT_ALLOW
    assert by_day == (not decision.reasons), decision

    request = expectation_service_pb2.ReserveSurveyRequest(
        request_id="survey-1", person_id=session.person_id, survey=survey
    )
    first = session.call(session.expectation.ReserveSurvey, request)
    assert session.call(session.expectation.ReserveSurvey, request) == first
    if first.permit_id:
        redeem = expectation_service_pb2.RedeemSurveyPermitRequest(request_id="use-1", permit_id=first.permit_id)
        assert session.call(session.expectation.RedeemSurveyPermit, redeem).redeem_time.seconds
        redeem.request_id = "use-2"
        code, info, _ = session.refusal(session.expectation.RedeemSurveyPermit, redeem)
        assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PERMIT_USED"), (code, info)


def batches(count, size):
    """Requests of a stream, each of the orders of one customer."""
    for number in range(1, count + 1):
        orders = [order("till", f"t-{number}-{place}", place, 100, key=f"c-{number}") for place in range(size)]
        yield collector_service_pb2.StreamTouchpointsRequest(client_sequence=number, touchpoints=orders)


def a_stream_is_acknowledged(session):
    """Every request is durable when its number is acknowledged, and the last token has seen them all."""
    acknowledged, token, accepted = 0, "", 0
    for answer in session.call(session.collector.StreamTouchpoints, batches(BATCHES, BATCH)):
        assert answer.acknowledged_through == acknowledged + 1, answer
        acknowledged, token = answer.acknowledged_through, answer.read_token
        accepted += sum(outcome.status == Status.STATUS_ACCEPTED for outcome in answer.outcomes)
    assert (acknowledged, accepted) == (BATCHES, BATCHES * BATCH)

    request = profile_service_pb2.GetProfileRequest(person_id=session.person_id, read_after=token)
    profile = session.call(session.profile.GetProfile, request).profile
    assert profile.touchpoints[0].count == 3 + BATCHES * BATCH, profile.touchpoints
    assert len(profile.record_ids) == 2 + BATCHES


STEPS = [
    touchpoints_are_recorded_once,
    the_sources_are_one_person,
    the_profile_says_where_everything_comes_from,
    the_value_counts_both_sources,
    a_survey_is_reserved_once,
    a_stream_is_acknowledged,
]

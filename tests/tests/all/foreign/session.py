"""What the steps share: the stubs with a credential, and the making of touchpoints."""

import datetime

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from tenure.collector.v1 import collector_service_pb2_grpc as collector
from tenure.collector.v1 import money_pb2, subject_pb2, touchpoint_pb2, touchpoint_type_pb2
from tenure.expectation.v1 import expectation_service_pb2_grpc as expectation
from tenure.identity.v1 import identity_service_pb2_grpc as identity
from tenure.profile.v1 import profile_service_pb2_grpc as profile
from tenure.value.v1 import value_service_pb2_grpc as value

TIMEOUT = 20
START = datetime.datetime(2026, 1, 5, 9, 30, tzinfo=datetime.timezone.utc)
EMAIL = "anna.de.vries@post.example"


class Session:
    """Calls with a deadline and, unless it is taken away, a credential."""

    def __init__(self, channels, key):
        # Each with the names of the services behind it.
        self.channels = channels
        of = {service: channel for channel, services in channels for service in services}
        self.metadata = [("authorization", f"Bearer {key}"), ("purpose", "service")]
        self.collector = collector.CollectorServiceStub(of["collector"])
        self.identity = identity.IdentityServiceStub(of["identity"])
        self.profile = profile.ProfileServiceStub(of["profile"])
        self.value = value.ValueServiceStub(of["value"])
        self.expectation = expectation.ExpectationServiceStub(of["expectation"])
        # What earlier steps leave to later ones.
        self.recorded = self.person_id = self.quarantined = None

    def call(self, rpc, request, **options):
        """The answer of an RPC, or of a stream of requests the iterator of answers."""
        return rpc(request, metadata=self.metadata, timeout=TIMEOUT, **options)

    def refusal(self, rpc, request, metadata=None):
        """The refusal of an RPC: its code, its ErrorInfo and its BadRequest, as a client gets them."""
        try:
            rpc(request, metadata=self.metadata if metadata is None else metadata, timeout=TIMEOUT)
        except grpc.RpcError as error:
            return error.code(), *details(error)
        raise AssertionError(f"not refused: {type(request).__name__}")


def details(error):
    """The ErrorInfo and the BadRequest of an error; either may be missing."""
    info, bad = None, None
    for detail in rpc_status.from_call(error).details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            detail.Unpack(info := error_details_pb2.ErrorInfo())
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            detail.Unpack(bad := error_details_pb2.BadRequest())
    return info, bad


def order(source, event_id, day, minor_units, key="", email=EMAIL, **attributes):
    """An order placed some days after the start, in euros; without minor units it has no amount, which is wrong."""
    touchpoint = touchpoint_pb2.Touchpoint(
        source=source,
        event_id=event_id,
        type=touchpoint_type_pb2.TOUCHPOINT_TYPE_ORDER_PLACED,
        channel=touchpoint_pb2.CHANNEL_WEB,
    )
    touchpoint.occur_time.FromDatetime(START + datetime.timedelta(days=day))
    if minor_units is not None:
        touchpoint.amount.CopyFrom(money_pb2.Money(currency_code="EUR", minor_units=minor_units))
    subject = touchpoint.subjects.add(role=subject_pb2.SUBJECT_ROLE_PRIMARY, key=key)
    subject.identifiers.add(kind=subject_pb2.IDENTIFIER_KIND_EMAIL, value=email)
    subject.attributes.CopyFrom(subject_pb2.SubjectAttributes(**attributes))
    return touchpoint

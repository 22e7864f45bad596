"""Health and reflection: what a client finds out without a credential and without the contract at hand."""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tenure.collector.v1 import collector_service_pb2

from session import TIMEOUT

COLLECTOR = "tenure.collector.v1.CollectorService"


def hosted(session):
    """Each channel, with the full names of the services behind it. Each process has the journals of its services."""
    for channel, services in session.channels:
        names = [f"tenure.{service}.v1.{service.title()}Service" for service in services]
        yield channel, [*names, "tenure.journal.v1.JournalService"]


def every_service_is_healthy(session):
    """Health says so for the whole and for each service, and knows no others."""
    for channel, services in hosted(session):
        health = health_pb2_grpc.HealthStub(channel)
        for name in ["", *services]:
            answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
        try:
            health.Check(health_pb2.HealthCheckRequest(service="tenure.nothing.v1.NothingService"), timeout=TIMEOUT)
            raise AssertionError("a service that is not there is healthy")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error


def health_is_pushed(session):
    """A watch begins with the state as it is."""
    for channel, _ in session.channels:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()


def both_reflections_list_the_services(session):
    """Version v1 and version v1alpha, whose messages are alike on the wire."""
    for channel, services in hosted(session):
        for version in ["v1", "v1alpha"]:
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
            answer = next(ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=TIMEOUT))
            names = {service.name for service in answer.list_services_response.service}
            assert names.issuperset(services), (version, names)


def reflection_tells_the_contract(session):
    """Every service that reflection knows is the one of proto/; one is called by what reflection told alone."""
    methods = set()
    for channel, services in hosted(session):
        database = ProtoReflectionDescriptorDatabase(channel)
        assert set(services) <= set(database.get_services())
        pool = descriptor_pool.DescriptorPool(database)
        for name in services:
            methods.update(method.full_name for method in pool.FindServiceByName(name).methods)
        if COLLECTOR in services:
            the_collector_is_called_by_what_was_told(session, channel, pool.FindServiceByName(COLLECTOR))
    return f"{len(methods)} methods"


def the_collector_is_called_by_what_was_told(session, channel, service):
    """By a descriptor that is the same as ours."""
    told, ours = descriptor_pb2.ServiceDescriptorProto(), descriptor_pb2.ServiceDescriptorProto()
    service.CopyToProto(told)
    collector_service_pb2.DESCRIPTOR.services_by_name["CollectorService"].CopyToProto(ours)
    assert told.SerializeToString(deterministic=True) == ours.SerializeToString(deterministic=True)

    method = service.FindMethodByName("GetIntakeStatistics")
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(f"/{service.full_name}/{method.name}", request.SerializeToString, response.FromString)
    assert session.call(call, request()).received == 0


STEPS = [
    every_service_is_healthy,
    health_is_pushed,
    both_reflections_list_the_services,
    reflection_tells_the_contract,
]

"""Enrichment providers in another language, made from nothing but the contract: one that works, and three that do not.

Each says of an e-mail address how many letters stand before the "@". All are served by this process, each on a port of its own, which is
printed behind its id.
"""

import argparse
import itertools
import pathlib
import sys
import time
from concurrent import futures

import grpc

from client import generate

ROOT = "enriched.letters"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proto", required=True, type=pathlib.Path)
    parser.add_argument("--stubs", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    generate(arguments.proto.resolve(), arguments.stubs)
    # Kept, since a server that nobody holds stops.
    servers = []
    for provider in providers():
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=64))
        grpc_stubs().add_EnrichmentServiceServicer_to_server(provider, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        print(f"provider {provider.id} {port}", flush=True)
    # Served until whoever started it closes its input.
    sys.stdin.read()


def grpc_stubs():
    from tenure.enrichment.v1 import enrichment_service_pb2_grpc

    return enrichment_service_pb2_grpc


def providers():
    """The providers, once the stubs are there."""
    from google.protobuf.duration_pb2 import Duration
    from tenure.contract.v1 import options_pb2 as options
    from tenure.enrichment.v1 import enriched_fact_pb2 as fact_pb2
    from tenure.enrichment.v1 import enrichment_service_pb2 as pb
    from tenure.enrichment.v1 import provider_pb2

    class Works(grpc_stubs().EnrichmentServiceServicer):
        """Answers each item by itself: a bad one harms no other."""

        id = "works"

        def DescribeProvider(self, request, context):
            def output(name, kind):
                return provider_pb2.ProviderOutput(
                    path=f"{ROOT}.{self.id}{name}",
                    type=kind,
                    data_class=options.DATA_CLASS_PSEUDONYMOUS,
                    default_ttl=Duration(seconds=30 * 86400),
                )

            return pb.DescribeProviderResponse(
                provider=provider_pb2.ProviderDescriptor(
                    provider_id=self.id,
                    version="1",
                    inputs=[provider_pb2.ProviderInput(path="contact.email", required=True)],
                    outputs=[
                        output("", provider_pb2.VALUE_TYPE_INTEGER),
                        output("_code", provider_pb2.VALUE_TYPE_CODE),
                    ],
                    purpose_codes=["service"],
                    max_batch=10,
                )
            )

        def Enrich(self, request, context):
            return pb.EnrichResponse(results=[self.result(item) for item in request.items])

        def result(self, item):
            inputs = {one.path: one.value for one in item.inputs}
            local, at, _ = inputs.get("contact.email", "").partition("@")
            if not at:
                return fact_pb2.EnrichResult(item_id=item.item_id, status=fact_pb2.ITEM_STATUS_INVALID_INPUT)
            return fact_pb2.EnrichResult(
                item_id=item.item_id,
                status=fact_pb2.ITEM_STATUS_FOUND,
                facts=[self.fact(f"{ROOT}.{self.id}", integer=len(local))],
            )

        def fact(self, path, confidence=1.0, **value):
            return fact_pb2.EnrichedFact(
                path=path,
                value=fact_pb2.EnrichedValue(**value),
                confidence=confidence,
                method=fact_pb2.ENRICHMENT_METHOD_DERIVED,
                licence="CC0-1.0",
            )

    class Hangs(Works):
        """Never answers."""

        id = "hangs"

        def Enrich(self, request, context):
            while context.is_active():
                time.sleep(0.1)
            raise AssertionError("nobody waits any more")

    class Lies(Works):
        """Lies about types and paths, answers what was not asked, and says one thing that is true."""

        id = "lies"

        def result(self, item):
            told = super().result(item)
            told.facts[0].value.text = "eleven"
            told.facts.extend(
                [
                    self.fact("name.family_name", text="Overwritten"),
                    self.fact(f"{ROOT}.{self.id}", confidence=float("nan"), integer=1),
                    self.fact(f"{ROOT}.undeclared", integer=1),
                    self.fact(f"{ROOT}.{self.id}_code", text="true"),
                ]
            )
            return told

        def Enrich(self, request, context):
            told = super().Enrich(request, context)
            told.results.add(item_id="never asked", status=fact_pb2.ITEM_STATUS_FOUND, facts=told.results[0].facts)
            return told

    class Half(Works):
        """Fails every other time."""

        id = "half"
        calls = itertools.count(1)

        def Enrich(self, request, context):
            if next(self.calls) % 2:
                context.abort(grpc.StatusCode.INTERNAL, "every other time")
            return super().Enrich(request, context)

    return [Works(), Hangs(), Lies(), Half()]


if __name__ == "__main__":
    main()

"""A client of Tenure in another language, made from nothing but the contract. Every step asserts what it was told.

The key comes in TENURE_KEY. The stubs are generated into a folder of the caller's choice.
"""

import argparse
import contextlib
import os
import pathlib
import sys

import grpc
import grpc_tools
from grpc_tools import protoc


def generate(proto, stubs):
    """Generates the stubs of the whole contract, and makes them importable."""
    known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = sorted(str(path) for path in proto.rglob("*.proto"))
    options = [f"-I{proto}", f"-I{known}", f"--python_out={stubs}", f"--grpc_python_out={stubs}"]
    assert protoc.main(["protoc", *options, *files]) == 0, "protoc refused the contract"
    sys.path.insert(0, str(stubs))
    print(f"stubs of {len(files)} files")


def connect(addresses, arguments):
    """A channel that shares calls out among the replicas at some addresses."""
    options = [("grpc.lb_policy_name", "round_robin")]
    target = f"ipv4:{addresses}"
    if not arguments.roots:
        return grpc.insecure_channel(target, options=options)
    roots, certificate, key = (path.read_bytes() for path in (arguments.roots, arguments.cert, arguments.cert_key))
    # The name in their certificates.
    options.append(("grpc.default_authority", "localhost"))
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(roots, key, certificate), options=options)


def main():
    """Runs all steps, in order: later ones build on what earlier ones recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, action="append", help="SERVICE=HOST:PORT[,HOST:PORT...]")
    parser.add_argument("--roots", type=pathlib.Path, help="roots of the servers' certificates; without them all is in clear")
    parser.add_argument("--cert", type=pathlib.Path, help="the certificate to show")
    parser.add_argument("--cert-key", type=pathlib.Path, help="its private key")
    parser.add_argument("--proto", required=True, type=pathlib.Path)
    parser.add_argument("--stubs", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    generate(arguments.proto.resolve(), arguments.stubs)

    # Only now: these import the stubs.
    import discovery
    import journey
    import quarantine
    import refusals
    from session import Session

    with contextlib.ExitStack() as stack:
        channels = {}
        for service, addresses in (address.split("=") for address in arguments.address):
            # In one process all services have one address, and one channel.
            if addresses not in channels:
                channels[addresses] = stack.enter_context(connect(addresses, arguments)), []
            channels[addresses][1].append(service)
        session = Session(list(channels.values()), os.environ["TENURE_KEY"])
        for step in [*discovery.STEPS, *refusals.STEPS, *journey.STEPS, *quarantine.STEPS]:
            print(f"{step.__module__}.{step.__name__}: {step(session) or 'done'}", flush=True)


if __name__ == "__main__":
    main()

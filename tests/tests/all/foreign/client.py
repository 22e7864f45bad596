"""A client of Tenure in another language, made from nothing but the contract. Every step asserts what it was told.

The key comes in TENURE_KEY. The stubs are generated into a folder of the caller's choice.
"""

import argparse
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


def main():
    """Runs all steps, in order: later ones build on what earlier ones recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
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

    with grpc.insecure_channel(arguments.address) as channel:
        session = Session(channel, os.environ["TENURE_KEY"])
        for step in [*discovery.STEPS, *refusals.STEPS, *journey.STEPS, *quarantine.STEPS]:
            print(f"{step.__module__}.{step.__name__}: {step(session) or 'done'}", flush=True)


if __name__ == "__main__":
    main()

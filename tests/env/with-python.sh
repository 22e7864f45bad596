#!/usr/bin/env bash
# with-python.sh COMMAND [ARGUMENT...]
# Runs the command with TENURE_TEST_PYTHON naming a Python that has the packages of requirements.txt: the one that is
# set already, else a virtual environment that is kept under target/env and made anew when requirements.txt changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

# A Python that can make virtual environments; a package installed by us is found at its own path, not by PATH.
base_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if fits "$python"; then
            echo "$python"
            return
        fi
    done
    return 1
}

create_environment() {
    local python
    python=$(base_python) || { debian_install python3 python3-venv && python=$(base_python); } ||
        fail 'no Python 3.10 or later with venv for the foreign client; choose one: set TENURE_TEST_PYTHON to a Python
that has the packages of tests/env/requirements.txt; install it (Debian and Ubuntu: the package python3-venv); run as
root on Debian or Ubuntu'
    say "making a Python environment in ${1#"$PWD"/}"
    rm -rf "$1"
    "$python" -m venv "$1"
    "$1/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: -r "$here/requirements.txt" >&2 ||
        fail 'pip could not install tests/env/requirements.txt'
    touch "$1/complete"
}

[ $# -gt 0 ] || fail 'usage: with-python.sh COMMAND [ARGUMENT...]'
if [ -z "${TENURE_TEST_PYTHON:-}" ]; then
    environment=$env_cache/python-$(digest "$here/requirements.txt")
    if ! [ -e "$environment/complete" ] || ! [ -x "$environment/bin/python" ]; then create_environment "$environment"; fi
    export TENURE_TEST_PYTHON=$environment/bin/python
fi
exec "$@"

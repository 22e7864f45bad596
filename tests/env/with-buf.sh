#!/usr/bin/env bash
# with-buf.sh COMMAND [ARGUMENT...]
# Runs the command with buf on PATH: the installed one, else the one that buf/package-lock.json pins, kept under
# target/env. Where neither can be had the command is skipped, loudly: the contract tests of crates/proto cover the
# essence of what buf checks.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

# buf comes as a platform package, so no install script needs to run.
install_buf() {
    command -v npm >/dev/null || return 1
    say "installing buf in ${1#"$PWD"/}"
    rm -rf "$1"
    mkdir -p "$1"
    cp "$here"/buf/package*.json "$1"
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1 | tail -n 12 >&2 || return 1
    "$1/node_modules/.bin/buf" --version >/dev/null
}

[ $# -gt 0 ] || fail 'usage: with-buf.sh COMMAND [ARGUMENT...]'
if ! command -v buf >/dev/null; then
    folder=$env_cache/buf-$(digest "$here/buf/package-lock.json")
    if ! "$folder/node_modules/.bin/buf" --version >/dev/null 2>&1 && ! install_buf "$folder"; then
        say "SKIPPED: $* (no buf: it is not installed, and npm is not there or could not install it)"
        exit 0
    fi
    export PATH="$folder/node_modules/.bin:$PATH"
fi
exec "$@"

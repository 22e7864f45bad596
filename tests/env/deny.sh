#!/usr/bin/env bash
# deny.sh: checks the dependencies against deny.toml. What cannot be checked here is skipped, loudly: everything when
# cargo-deny is not installed, the advisories when their database cannot be fetched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

if ! command -v cargo-deny >/dev/null; then
    say 'SKIPPED: licences, bans, sources, advisories (no cargo-deny: cargo install --locked cargo-deny)'
    exit 0
fi
cargo deny --locked check licenses bans sources
if cargo deny --locked fetch db >/dev/null 2>&1; then
    cargo deny --locked check advisories
else
    say 'SKIPPED: advisories (their database cannot be fetched from here)'
fi

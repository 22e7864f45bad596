#!/usr/bin/env bash
# with-redis.sh COMMAND [ARGUMENT...]
# Runs the command with TENURE_TEST_REDIS_URL naming a real Redis that may be emptied.
# The first of these that works is taken: the URL if it is set already; an installed redis-server; Debian's package
# when root; docker or podman (image: TENURE_TEST_REDIS_IMAGE, default redis:7).
# A server that this script starts has a folder (under TMPDIR, default /var/tmp) and a port of its own, writes nothing to
# disk, and is gone soon after the command.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

settings=(--save '' --appendonly no)
choices='choose one: set TENURE_TEST_REDIS_URL to a server that may be emptied; install redis-server (Debian and Ubuntu:
the package redis-server); run as root on Debian or Ubuntu; start docker or podman'

# Debian's package would start a service on the default port: a policy that lasts for the installation only prevents that.
install_server() (
    [ "$(id -u)" = 0 ] || return 1
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    debian_install redis-server
)

drop_server() {
    [ ! -s "$dir/pid" ] || kill -9 "$(cat "$dir/pid")" 2>/dev/null
    rm -rf "$dir"
}

# Tries ports below the range that the kernel hands out by itself until one is free.
run_server() {
    local base=${TMPDIR:-/var/tmp} port
    dir=$(mktemp -d "${base%/}/tenure-redis.XXXXXX")
    guard drop_server
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((15000 + RANDOM % 16000))
        # In the background it answers once it listens, or ends.
        if redis-server "${settings[@]}" --bind 127.0.0.1 --port "$port" --dir "$dir" --pidfile "$dir/pid" \
            --logfile "$dir/log" --daemonize yes >/dev/null && answers "$port"; then
            export TENURE_TEST_REDIS_URL="redis://127.0.0.1:$port"
            say "$(redis-server --version | cut -d ' ' -f 1-3)"
            return
        fi
        grep -q 'in use' "$dir/log" || break
        : >"$dir/log"
    done
    fail "Redis did not start: $(tail -n 5 "$dir/log")"
}

# answers PORT: whether our server, and not another's, comes to listen there within a while.
answers() {
    for _ in $(seq 100); do
        if grep -q 'Ready to accept connections' "$dir/log" 2>/dev/null; then return 0; fi
        if grep -q 'in use' "$dir/log" 2>/dev/null; then return 1; fi
        sleep 0.1
    done
    return 1
}

answering_engine() {
    local name
    for name in docker podman; do
        if command -v "$name" >/dev/null && timeout 20 "$name" info >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

run_container() {
    local image=${TENURE_TEST_REDIS_IMAGE:-redis:7} name=tenure-test-redis-$$ address
    guard "$engine" rm -f -v "$name"
    "$engine" run -d --rm --name "$name" -p 127.0.0.1::6379 "$image" redis-server "${settings[@]}" >/dev/null ||
        fail "$engine could not run the image $image"
    for _ in $(seq 120); do
        if [ "$("$engine" exec "$name" redis-cli ping 2>/dev/null)" = PONG ]; then
            address=$("$engine" port "$name" 6379/tcp)
            export TENURE_TEST_REDIS_URL="redis://${address%%$'\n'*}"
            say "the image $image in $engine"
            return
        fi
        sleep 0.5
    done
    fail "the image $image did not answer within a minute: $("$engine" logs --tail 5 "$name" 2>&1)"
}

[ $# -gt 0 ] || fail 'usage: with-redis.sh COMMAND [ARGUMENT...]'
if [ -n "${TENURE_TEST_REDIS_URL:-}" ]; then
    say 'the server that TENURE_TEST_REDIS_URL names'
elif command -v redis-server >/dev/null || { install_server && command -v redis-server >/dev/null; }; then
    run_server
elif engine=$(answering_engine); then
    run_container
else
    fail "no Redis to test against; $choices"
fi
exec "$@"

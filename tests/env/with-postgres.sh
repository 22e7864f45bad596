#!/usr/bin/env bash
# with-postgres.sh COMMAND [ARGUMENT...]
# Runs the command with TENURE_TEST_POSTGRES_URL naming a real PostgreSQL whose user may create databases.
# The first of these that works is taken: the URL if it is set already; installed server programs; Debian's packages
# when root; docker or podman (image: TENURE_TEST_POSTGRES_IMAGE, default postgres:17).
# A server that this script starts has a folder (under TMPDIR, default /var/tmp) and a port of its own and is gone
# soon after the command. It fsyncs like a production server: durability is part of what the tests are about.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

settings=(max_connections=500 shared_buffers=256MB fsync=on synchronous_commit=on full_page_writes=on)
choices='choose one: set TENURE_TEST_POSTGRES_URL to a server whose user may create databases; install the server
programs (Debian and Ubuntu: the package postgresql); run as root on Debian or Ubuntu; start docker or podman'

# The folder of initdb, pg_ctl and postgres: from PATH, else the newest of the places that distributions use.
programs() {
    local dir
    while read -r dir; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] && [ -x "$dir/postgres" ]; then
            echo "$dir"
            return
        fi
    done < <(tr ':' '\n' <<<"$PATH" && printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV)
    return 1
}

# Debian's package would make and start a cluster on the default port: a setting that lasts for the installation only
# prevents that.
install_programs() (
    [ "$(id -u)" = 0 ] || return 1
    folder=/etc/postgresql-common/createcluster.d
    trap 'rm -f "$folder/tenure.conf"; rmdir "$folder" /etc/postgresql-common 2>/dev/null || true' EXIT
    mkdir -p "$folder"
    echo 'create_main_cluster = false' >"$folder/tenure.conf"
    debian_install postgresql
)

# PostgreSQL refuses to run as root, so root hands the cluster to another user.
pick_owner() {
    owner=
    [ "$(id -u)" = 0 ] || return 0
    for owner in postgres nobody; do
        if id "$owner" >/dev/null 2>&1; then return 0; fi
    done
    fail "PostgreSQL does not run as root, and neither the user postgres nor nobody is there to run it"
}

as_owner() (
    cd "$dir"
    unset "${!PG@}"
    export LC_ALL=C
    if [ -n "$owner" ]; then
        exec setpriv --reuid="$(id -u "$owner")" --regid="$(id -g "$owner")" --clear-groups -- "$@"
    fi
    exec "$@"
)

drop_cluster() {
    as_owner "$bin/pg_ctl" stop -s -m immediate -D "$dir/data"
    rm -rf "$dir" || { sleep 1 && rm -rf "$dir"; }
}

# The default collation is a language's where the server can, so that a query that forgot COLLATE "C" is found out.
create_cluster() {
    local initdb=("$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C)
    as_owner "${initdb[@]}" --locale-provider=icu --icu-locale=en-US >"$dir/log" 2>&1 ||
        as_owner "${initdb[@]}" >"$dir/log" 2>&1 ||
        fail "initdb failed: $(tail -n 5 "$dir/log")"
    {
        printf '%s\n' "${settings[@]}"
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$dir'"
    } >>"$dir/data/postgresql.conf"
}

# Tries ports below the range that the kernel hands out by itself until one is free.
start_cluster() {
    local port
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((15000 + RANDOM % 16000))
        : >"$dir/log"
        if as_owner "$bin/pg_ctl" start -s -w -t 120 -D "$dir/data" -l "$dir/log" -o "-p $port" >/dev/null 2>&1; then
            export TENURE_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
            return
        fi
        grep -q 'could not bind' "$dir/log" || break
    done
    fail "PostgreSQL did not start: $(tail -n 5 "$dir/log")"
}

run_programs() {
    local base=${TMPDIR:-/var/tmp}
    pick_owner
    dir=$(mktemp -d "${base%/}/tenure-postgres.XXXXXX")
    guard drop_cluster
    touch "$dir/log"
    if [ -n "$owner" ]; then chown -R "$owner" "$dir"; fi
    as_owner test -w "$dir" || fail "the user $owner cannot reach $dir: set TMPDIR to a folder that all users can reach"
    create_cluster
    start_cluster
    say "$("$bin/postgres" --version) from $bin"
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
    local image=${TENURE_TEST_POSTGRES_IMAGE:-postgres:17} name=tenure-test-postgres-$$ arguments=() setting address
    for setting in "${settings[@]}"; do arguments+=(-c "$setting"); done
    guard "$engine" rm -f -v "$name"
    "$engine" run -d --rm --name "$name" -p 127.0.0.1::5432 -e POSTGRES_HOST_AUTH_METHOD=trust \
        "$image" "${arguments[@]}" >/dev/null || fail "$engine could not run the image $image"
    # The image first runs a server for its own set-up; that one does not listen on TCP.
    for _ in $(seq 120); do
        if "$engine" exec "$name" pg_isready -q -h 127.0.0.1 -U postgres; then
            address=$("$engine" port "$name" 5432/tcp)
            export TENURE_TEST_POSTGRES_URL="postgres://postgres@${address%%$'\n'*}/postgres"
            say "the image $image in $engine"
            return
        fi
        sleep 0.5
    done
    fail "the image $image did not answer within a minute: $("$engine" logs --tail 5 "$name" 2>&1)"
}

[ $# -gt 0 ] || fail 'usage: with-postgres.sh COMMAND [ARGUMENT...]'
if [ -n "${TENURE_TEST_POSTGRES_URL:-}" ]; then
    say 'the server that TENURE_TEST_POSTGRES_URL names'
elif bin=$(programs) || { install_programs && bin=$(programs); }; then
    run_programs
elif engine=$(answering_engine); then
    run_container
else
    fail "no PostgreSQL to test against; $choices"
fi
exec "$@"

#!/usr/bin/env bash
# up.sh up [REPLICAS] | down
# Brings up the suite as it runs on several machines, on this one and without containers: REPLICAS (default 2) processes of each
# service over TLS, a PostgreSQL and a Redis. Secrets, certificates and logs are in target/up; `down` stops everything and
# deletes that folder. Builds nothing: `make up` does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"

root=$(cd "$here/../.." && pwd)
up=$root/target/up
tenure=$root/target/debug/tenure
first_port=${UP_PORT:-7410}

# Every service has a line in the section of peers.
services() { sed -n '/^\[peers\]$/,/^\[peers.tls\]$/s/^\([a-z]*\) = \[\]$/\1/p' "$root/crates/tenure/tenure.example.toml"; }

# port SERVICE REPLICA: ten ports for each service.
port() { echo $((first_port + 10 * ($(services | grep -n -x "$1" | cut -d: -f1) - 1) + $2)); }

holder() { [ -s "$up/pid" ] && kill -0 "$(cat "$up/pid")" 2>/dev/null; }

# secret FILE: 64 random hexadecimal digits.
secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$1"; }

# What all processes share. The variables of this machine's user do not reach them.
settings() {
    local service uris replica
    unset "${!TENURE__@}" TENURE_CONFIG
    export TENURE__STORE__URL=$TENURE_TEST_POSTGRES_URL TENURE__STORE__AUTO_MIGRATE=false TENURE__FOLLOW__RANGES=4
    export TENURE__REDIS__URL=$TENURE_TEST_REDIS_URL
    export TENURE__KEYRING__KEK_FILE=$up/kek TENURE__CREDENTIALS__API_KEYS_FILE=$up/api-keys.toml
    export TENURE__SERVICE__SECRET_FILE=$up/service-secret
    export TENURE__SERVER__TLS__CERT_FILE=$up/certificates/server.pem TENURE__SERVER__TLS__KEY_FILE=$up/certificates/server.key
    export TENURE__PEERS__TLS__CA_FILE=$up/certificates/ca.pem
    for service in $(services); do
        uris=
        for replica in $(seq 0 $((replicas - 1))); do uris+="\"https://localhost:$(port "$service" "$replica")\", "; done
        export "TENURE__PEERS__${service^^}=[${uris%, }]"
    done
}

# The process that everything hangs on: the databases go when it goes, however it ended.
hold() {
    replicas=$1
    settings
    umask 077
    secret "$up/kek"
    secret "$up/service-secret"
    "$tenure" dev-certs --out "$up/certificates"
    "$tenure" mint-key --tenant default --principal me --scope '*' --scope journal.read --scope journal.operate >"$up/api-key"
    env TENURE__STORE__AUTO_MIGRATE=true "$tenure" migrate
    local processes=() service replica
    trap 'kill -TERM "${processes[@]}" 2>/dev/null || true' TERM INT
    for service in $(services); do
        for replica in $(seq 0 $((replicas - 1))); do
            TENURE__SERVER__LISTEN=127.0.0.1:$(port "$service" "$replica") \
                "$tenure" serve "$service" >"$up/$service-$replica.log" 2>&1 &
            processes+=($!)
            guard kill -KILL $!
        done
    done
    touch "$up/started"
    # A trap ends a wait; the next one waits for the rest.
    while wait; [ -n "$(jobs -pr)" ]; do :; done
}

# healthy SERVICE REPLICA
healthy() {
    TENURE__SERVER__LISTEN=127.0.0.1:$(port "$1" "$2") TENURE__SERVER__TLS__CERT_FILE=$up/certificates/server.pem \
        TENURE__SERVER__TLS__KEY_FILE=$up/certificates/server.key TENURE__PEERS__TLS__CA_FILE=$up/certificates/ca.pem \
        "$tenure" health >/dev/null 2>&1
}

await() {
    local service replica
    for service in $(services); do
        for replica in $(seq 0 $((replicas - 1))); do
            until healthy "$service" "$replica"; do
                holder || fail "it ended: $(tail -n 5 "$up/log" "$up"/*.log 2>/dev/null)"
                [ ! -e "$up/started" ] || [ "$SECONDS" -lt 120 ] || fail "$service-$replica does not serve: see $up/$service-$replica.log"
                sleep 0.2
            done
        done
    done
}

tell() {
    local service replica
    printf 'The suite is up. Stop it with: make down\n\n'
    for service in $(services); do
        printf '%-12s' "$service"
        for replica in $(seq 0 $((replicas - 1))); do printf ' https://localhost:%s' "$(port "$service" "$replica")"; done
        printf '\n'
    done
    cat <<END

root of the certificates  $up/certificates/ca.pem
key of tenant "default"   $up/api-key
logs                      $up/*.log

# Record the lines of a CSV file:
target/debug/tenure import FILE.csv --mapping crates/tenure/mappings/template.toml \\
    --endpoint https://localhost:$(port collector 0) --ca-file $up/certificates/ca.pem --key-file $up/api-key

# Ask from Python (pip install grpcio-tools):
import sys, grpc
sys.path.append("$root/proto")
messages, services = grpc.protos_and_services("tenure/collector/v1/collector_service.proto")
roots = grpc.ssl_channel_credentials(open("$up/certificates/ca.pem", "rb").read())
channel = grpc.secure_channel("localhost:$(port collector 0)", roots)
key = open("$up/api-key").read().strip()
print(services.CollectorServiceStub(channel).GetIntakeStatistics(
    messages.GetIntakeStatisticsRequest(), metadata=[("authorization", "Bearer " + key)], timeout=10))
END
}

bring_up() {
    replicas=$1
    ! holder || fail 'it is up already; stop it with: make down'
    [ -x "$tenure" ] || fail "$tenure is not there; use: make up"
    rm -rf "$up"
    mkdir -p "$up"
    setsid "$here/with-postgres.sh" "$here/with-redis.sh" "$here/up.sh" hold "$replicas" >"$up/log" 2>&1 </dev/null &
    echo $! >"$up/pid"
    trap 'tear_down' ERR INT TERM
    await
    trap - ERR INT TERM
    tell
}

tear_down() {
    if holder; then
        local pid
        pid=$(cat "$up/pid")
        kill -TERM "$pid"
        for _ in $(seq 150); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -rf "$up"
}

case ${1:-} in
up) bring_up "${2:-2}" ;;
down) tear_down ;;
hold) hold "$2" ;;
*) fail 'usage: up.sh up [REPLICAS] | down' ;;
esac

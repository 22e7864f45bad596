# What the with-*.sh wrappers of this folder are made of; sourced, not run.
# A wrapper prepares something, exports where it is, and ends in `exec "$@"`. So wrappers nest, and signals,
# standard input and the exit status of the command are the command's own.
# shellcheck shell=bash

# The folder of the checkout that may be deleted at any time (`make clean-env`).
env_cache=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/target/env
export env_cache

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# guard COMMAND...: runs COMMAND once this process is gone, however it ended (kill -9 included).
# The guard is in a process group of its own, so Ctrl-C and a signal to the command's group pass it by.
guard() {
    (
        set -m
        (
            set +e
            trap '' HUP INT TERM
            while kill -0 $$; do sleep 0.3; done
            "$@"
        ) </dev/null >/dev/null 2>&1 &
    )
}

# debian_install PACKAGE...: installs without a question; fails when that is not possible here.
debian_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "installing the Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    local apt=(apt-get -qq -o DPkg::Lock::Timeout=300) output
    if ! output=$({ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } 2>&1 </dev/null); then
        say "apt-get could not install them: $(tail -n 20 <<<"$output")"
        return 1
    fi
}

# digest FILE...: a short name for the contents of the files.
digest() { cat "$@" | cksum | tr -d ' \n'; }

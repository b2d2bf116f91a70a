# shellcheck shell=bash
# What every script here begins with: strict mode, where the project is, how to speak and how to become root, and the answer
# to --help.

set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2034  # for the scripts that source this
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# say MESSAGE...: progress, on standard error, so that standard output stays what a script is asked for.
say() { printf '%s\n' "$*" >&2; }

# die STATUS MESSAGE...: one line that says what failed and what to do.
die() {
    local status=$1
    shift
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit "$status"
}

# as_root COMMAND...: runs the command as root, through sudo when that is needed.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=MIDDLE_SOCK_BINARIES,MIDDLE_SOCK_ARRANGEMENT,MIDDLE_SOCK_CACHE,MIDDLE_SOCK_AGREEMENT,MIDDLE_SOCK_AGREEMENT_KEEP,MIDDLE_SOCK_AGREEMENT_SERVER,MIDDLE_SOCK_FLOODS,MIDDLE_SOCK_SEED,MIDDLE_SOCK_SCRAPES -- "$@"
    else
        die 69 "network namespaces need root: run this as root, or install sudo"
    fi
}

# usage: what the script says of itself in the comment that it begins with.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# Before the script has done anything.
case ${1-} in
-h | --help) usage && exit ;;
esac

# remove_stale_labs PREFIX: those named PREFIX-PID or PREFIX-PID-N whose process was killed before it could do so.
remove_stale_labs() {
    local lab name pid
    for lab in /run/middle-sock-lab/"$1"-*; do
        [[ -d $lab ]] || continue
        name=${lab##*/} pid=${lab##*/"$1"-}
        [[ -e /proc/${pid%%-*} ]] || as_root "$project/script/lab" down "$name"
    done
}

# shellcheck shell=bash
# Clean Debians, as debootstrap makes them, for the package to be tried in; they are made once, and kept.

cache=${MIDDLE_SOCK_CACHE:-/var/cache/middle-sock-test}
# What the package and its tests have from the network, and need no more of it; the server's own unit needs procps.
needed=(isc-dhcp-server libjs-chart.js libmnl0 libseccomp2 libsqlite3-0 procps sqlite3)

# in_system DIRECTORY COMMAND...: runs a command there, with the names of this computer's resolver.
in_system() {
    # shellcheck disable=SC2016  # the inner shell's words
    unshare --mount --propagation private bash -ec '
        touch "$1/etc/resolv.conf"
        mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        export DEBIAN_FRONTEND=noninteractive
        exec chroot "$@"
        ' bash "$@"
}

make_clean() {
    debootstrap --variant=minbase --include=systemd,iproute2 "$1" "$2" &&
        in_system "$2" apt-get install --yes --download-only --no-install-recommends "${needed[@]}"
}

# ensure_clean RELEASE: makes it in the cache, unless it is there and has what is needed.
ensure_clean() {
    local place=$cache/package/$1
    [[ ! -e $place.has || $(<"$place.has") != "${needed[*]}" ]] || return 0
    say "making a clean $1 in $place"
    mkdir -p "${place%/*}"
    rm -rf "$place" "$place.part" "$place.has"
    # shellcheck disable=SC2154  # of the script that sources this
    make_clean "$1" "$place.part" >"$work/log" 2>&1 || {
        tail -20 "$work/log" >&2
        die 69 "cannot make a clean $1; above is what debootstrap and apt said"
    }
    mv "$place.part" "$place"
    echo "${needed[*]}" >"$place.has"
}

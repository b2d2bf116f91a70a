# shellcheck shell=bash
# Clean Debians, as debootstrap makes them, for the package and other things to be tried in; they are made once, and kept.

cache=${MIDDLE_SOCK_CACHE:-/var/cache/middle-sock-test}
# What the package and its tests have from the network, and need no more of it; the server's own unit needs procps.
needed=(isc-dhcp-server libjs-chart.js libmnl0 libseccomp2 libsqlite3-0 procps sqlite3)
# Debian's own kernel, with what makes its first file system, and what serves and asks on it.
kernel=(linux-image-amd64 initramfs-tools udhcpc "${needed[@]}")
# Podman with what it starts containers and publishes ports by; the others of compose, and what podman-compose needs.
podman=(podman aardvark-dns crun dbus iptables netavark nftables docker-compose python3-dotenv python3-venv python3-yaml)
podman_compose=1.6.0

# in_system DIRECTORY COMMAND...: runs a command there, with the names of this computer's resolver.
in_system() {
    # shellcheck disable=SC2016  # the inner shell's words
    unshare --mount --propagation private bash -ec '
        touch "$1/etc/resolv.conf"
        mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        unset TMPDIR
        export DEBIAN_FRONTEND=noninteractive
        exec chroot "$@"
        ' bash "$@"
}

make_clean() {
    debootstrap --variant=minbase --include=systemd,iproute2 "$1" "$2" &&
        in_system "$2" apt-get install --yes --download-only --no-install-recommends "${needed[@]}"
}

make_with_kernel() {
    ensure_clean "$1"
    cp -a "$cache/package/$1" "$2"
    in_system "$2" apt-get install --yes --no-install-recommends "${kernel[@]}"
}

# podman-compose is from PyPI, by this computer's pip: a clean Debian trusts no certificate of a proxy's.
make_with_podman() {
    ensure_clean "$1"
    cp -a "$cache/package/$1" "$2"
    in_system "$2" apt-get install --yes --no-install-recommends "${podman[@]}" &&
        python3 -m pip download --quiet --no-deps --dest "$2/root" "podman-compose==$podman_compose" &&
        in_system "$2" python3 -m venv --system-site-packages /opt/podman-compose &&
        in_system "$2" sh -c '/opt/podman-compose/bin/pip install --quiet --no-deps --no-index /root/podman_compose-*.whl' &&
        ln -s /opt/podman-compose/bin/podman-compose "$2/usr/local/bin/"
}

# ensure WHAT RELEASE MAKER PACKAGE...: makes it in the cache, unless it is there and has what is needed.
ensure() {
    local place=$cache/$1/$2 release=$2 maker=$3
    shift 3
    [[ ! -e $place.has || $(<"$place.has") != "$*" ]] || return 0
    say "making a clean $release in $place"
    mkdir -p "${place%/*}"
    rm -rf "$place" "$place.part" "$place.has"
    # shellcheck disable=SC2154  # of the script that sources this
    "$maker" "$release" "$place.part" >"$work/log" 2>&1 || {
        tail -20 "$work/log" >&2
        die 69 "cannot make a clean $release; above is what debootstrap and apt said"
    }
    mv "$place.part" "$place"
    echo "$*" >"$place.has"
}

ensure_clean() { ensure package "$1" make_clean "${needed[@]}"; }
ensure_with_kernel() { ensure package-kernels "$1" make_with_kernel "${needed[@]}"; }
ensure_with_podman() { ensure package-podman "$1" make_with_podman "${podman[@]}" "$podman_compose"; }

#!/bin/sh
# Makes the fixtures anew: as root, with iproute2. Each comes from a network namespace that is gone afterwards.
set -eu
cd "$(dirname "$0")"
namespace="fixture-$$"
trap 'ip netns delete "$namespace" 2>/dev/null || true' EXIT

# begin: an empty namespace, in which `run` runs a command.
begin() { ip netns add "$namespace"; }
run() { ip netns exec "$namespace" "$@"; }

# interface NAME [ADDRESS/LENGTH]...: one end of a veth pair whose other end is up without an address.
interface() {
    name=$1 && shift
    run ip link add "$name" type veth peer name "p-$name"
    run ip link set "p-$name" up
    for address in "$@"; do run ip address add "$address" dev "$name"; done
    run ip link set "$name" up
}
route() { run ip -4 route add "$@"; }

# finish FIXTURE: keeps what the kernel says in the namespace, byte for byte, and deletes the namespace.
finish() {
    run cat /proc/net/route >"$1.route"
    run cat /proc/net/fib_trie >"$1.fib_trie"
    ip netns delete "$namespace"
}

# The paper's File 3, row by row, on a host that is 192.168.100.102.
begin
run ip link set lo up
interface ens34
run ip address add 192.168.100.102/24 dev ens34 noprefixroute
interface docker0 172.17.0.1/16
route 192.168.100.0/24 dev ens34 proto kernel scope link src 192.168.100.102 metric 100
route 192.168.100.1 dev ens34 scope link metric 100
route 192.168.100.6 dev ens34 scope link metric 100
route default via 192.168.100.1 dev ens34 metric 100
route 10.200.70.35 via 192.168.100.1 dev ens34 metric 100
finish paper-file-3

# Nothing up: both files have no byte at all.
begin
finish untouched

# Loopback up and nothing else: the route table is its header.
begin
run ip link set lo up
finish loopback

# Two LANs with several defaults, reject routes, host routes, a VLAN without gateway, a tunnel with a link default.
begin
run ip link set lo up
interface ens1 192.168.50.2/24 192.168.50.200/24
interface ens2 10.20.0.9/16
interface ens1.20 192.168.20.2/24
interface wg0 10.66.0.2/32
route default via 192.168.50.1 dev ens1 metric 300
route default via 192.168.50.254 dev ens1 metric 200
route default via 10.20.0.1 dev ens2 metric 100
route default dev wg0 scope link metric 50
route default via inet6 fe80::1 dev ens1.20 metric 10
route unreachable default metric 4278198272
route blackhole 10.1.0.0/16
route unreachable 10.2.0.0/16
route prohibit 10.3.0.0/16
route throw 10.4.0.0/16
route 192.168.50.1 dev ens1 scope link metric 200
route 192.168.50.77 via 192.168.50.254 dev ens1
route 169.254.0.0/16 dev ens1 scope link metric 1000
route 172.20.0.0/16 via 192.168.50.254 dev ens1
finish several

# A network inside another interface's network, as docker0 in 10.0.0.0/8.
begin
run ip link set lo up
interface docker0 10.0.0.1/16
interface eth0 10.200.0.5/8
route default via 10.255.0.1 dev eth0
finish nested

# Wire and wireless in the same LAN.
begin
run ip link set lo up
interface eth0 192.168.1.10/24
interface wlan0 192.168.1.11/24
route default via 192.168.1.1 dev eth0 metric 100
route default via 192.168.1.1 dev wlan0 metric 600
finish same-lan

# A hosted machine: a /32 address, the gateway behind a route of its own.
begin
run ip link set lo up
interface eth0 203.0.113.7/32
route 172.31.1.1 dev eth0 scope link
route default via 172.31.1.1 dev eth0 onlink
finish off-link

# Policy routing: the kernel keeps Local and Main apart and has a table with a number.
begin
run ip link set lo up
interface eth0 192.168.7.2/24
route default via 192.168.7.1 dev eth0
run ip rule add from 10.9.9.9 lookup 100
route local 192.168.7.77 dev lo table 100
route default via 192.168.7.254 dev eth0 table 100
finish policy

# More than the kernel hands out in one read (about 3.9 KB): 90 routes.
begin
run ip link set lo up
interface eth0 192.168.8.2/24
route default via 192.168.8.1 dev eth0
for third in 1 2 3 4 5 6 7 8 9; do
    for last in 0 16 32 48 64 80 96 112 128 144; do route "10.0.$third.$last/28" via 192.168.8.1 dev eth0; done
done
finish many

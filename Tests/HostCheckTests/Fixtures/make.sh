#!/usr/bin/env bash
# Makes the fixtures anew, as root: rules and interfaces in a network namespace, as nft and ip tell them.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")"
namespace=hostcheck-fixtures-$$
trap 'ip netns delete "$namespace"' EXIT
ip netns add "$namespace"
inside() { ip netns exec "$namespace" "$@"; }

inside ip link add ens34 type veth peer name ens35
inside ip link add br0 type bridge
inside ip -json -details link show dev ens34 >link-veth.json
inside ip -json -details link show dev br0 >link-bridge.json

inside nft -f - <<'EOF'
table netdev guard {
    chain exact {
        type filter hook egress device "ens34" priority 0; policy accept;
        udp sport 67 drop
    }
    chain elsewhere {
        type filter hook egress device "ens35" priority 0; policy drop;
    }
    chain two {
        type filter hook egress devices = { ens34, ens35 } priority 5; policy drop;
        ether type != ip accept
        udp sport { 60-70 } accept
    }
    chain limited {
        type filter hook egress device "ens34" priority 10; policy accept;
        udp dport 68 limit rate 10/second accept
        udp dport 68 drop
    }
    chain others {
        type filter hook egress device "ens34" priority 15; policy accept;
        tcp dport 80 drop
        ip saddr 10.0.0.0/8 drop
        ip saddr != 192.168.50.2 drop
        udp sport >= 1024 drop
        icmp type echo-request drop
        ip daddr 192.168.50.0/24 counter accept
    }
    chain ingress {
        type filter hook ingress device "ens34" priority 0; policy drop;
    }
}
table bridge guard {
    chain dhcp {
        udp dport vmap { 67 : drop, 68 : accept }
    }
    chain in {
        type filter hook input priority 0; policy accept;
        ip protocol udp jump dhcp
    }
    chain before {
        type filter hook prerouting priority 0; policy accept;
        iifname "ens*" ip daddr 255.255.255.255 goto dhcp
    }
    chain out {
        type filter hook output priority 0; policy drop;
        udp sport 67 udp dport { 67, 68 } accept
    }
    chain forward {
        type filter hook forward priority 0; policy drop;
    }
}
table inet usual {
    set ports {
        type inet_service
        elements = { 67 }
    }
    chain before {
        type filter hook prerouting priority -300; policy accept;
        udp dport @ports drop
    }
    chain input {
        type filter hook input priority 0; policy drop;
    }
    chain output {
        type filter hook output priority 0; policy drop;
    }
}
EOF
inside nft --json list ruleset >nftables.json
inside nft list chains netdev >chains.txt
inside nft flush ruleset

inside iptables --table raw --append PREROUTING --in-interface br0 --protocol udp --dport 67 --jump DROP
inside iptables --table mangle --append PREROUTING --protocol udp --match multiport --dports 67,68 --jump DROP
inside iptables --policy INPUT DROP
inside nft --json list ruleset >iptables.json

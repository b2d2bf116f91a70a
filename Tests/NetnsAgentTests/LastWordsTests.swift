import Testing

@testable import netns_agent

@Suite("Why a server did not start")
struct LastWordsTests {
    /// What servers say when they cannot start, as they said it, and the line that is repeated.
    static let servers: [(words: [String], reason: String)] = [
        (
            [
                "Internet Systems Consortium DHCP Server 4.4.3-P1",
                "/etc/dhcp/dhcpd.conf line 1: expecting numeric value.",
                "subnet bad ", "        ^", "Configuration file errors encountered -- exiting", "",
                "bugs on either our web page at www.isc.org or in the README file", "exiting.",
            ], ": /etc/dhcp/dhcpd.conf line 1: expecting numeric value"
        ),
        (
            [
                "Wrote 0 leases to leases file.", "", "No subnet declaration for eth0 (172.17.0.3).",
                "** Ignoring requests on eth0.  If this is not what", "Not configured to listen on any interfaces!",
            ], ": No subnet declaration for eth0 (172.17.0.3)"
        ),
        (
            [
                "2026-11-30 19:00:00.000 INFO  [kea-dhcp4.dhcp4/7] DHCP4_STARTING Kea DHCPv4 server version 2.2.0",
                "2026-11-30 19:00:00.001 WARN  [kea-dhcp4.dhcp4/7] DHCP4_MULTI_THREADING_INFO failed to be used",
                "2026-11-30 19:00:00.002 ERROR [kea-dhcp4.dhcp4/7] DHCP4_PARSER_FAIL no such key", "FATAL later",
            ], ": 2026-11-30 19:00:00.002 ERROR [kea-dhcp4.dhcp4/7] DHCP4_PARSER_FAIL no such key"
        ),
        (
            ["dnsmasq: bad option at line 1 of /etc/dnsmasq.conf"],
            ": dnsmasq: bad option at line 1 of /etc/dnsmasq.conf"
        ),
        (["first", "no more"], ": no more"), ([], ""), (["", "  "], ""),
    ]

    @Test(arguments: servers) func `the line that tells most is repeated`(words: [String], reason: String) {
        var last = LastWords()
        for line in words { last.hear(line) }
        #expect(last.reason == reason)
    }
}

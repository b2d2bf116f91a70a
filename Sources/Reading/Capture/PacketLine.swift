internal import Messages
internal import PrintableText
package import Time

extension StoredPacket {
    /// The packet on one line, much as tcpdump would write it: `2026-11-23T18:06:10.001300Z ens34 to-client
    /// 192.168.50.2.67 > 192.168.50.100.68: ACK of 192.168.50.100 by server 192.168.50.2 to 02:00:5e:10:00:64 ...`.
    ///
    /// - Parameter zone: in which zone the time is shown.
    package func line(in zone: TimeZone) -> String {
        let head = [CalendarTime(capturedAt, in: zone).word(), interface, direction, path].compactMap(\.self)
        let parts = [summary] + particulars.compactMap(\.self)
        return String(printable: "\(head.joined(separator: " ")): \(parts.joined(separator: ", "))")
    }

    private var summary: String {
        guard let transactionIdentifier else { return "no DHCP message" }
        let type = messageType ?? "BOOTP"
        let client = [clientMAC, hostName.map { "(\($0))" }].compactMap(\.self).joined(separator: " ")
        let words =
            direction == "to-client"
            ? [
                type, yourAddress.map { "of \($0)" }, serverIdentifier.map { "by server \($0)" }, "to \(client)",
            ] : [type, "from \(client)", serverIdentifier.map { "to server \($0)" }]
        return words.compactMap(\.self).joined(separator: " ") + ", xid \(transactionIdentifier)"
    }

    /// What became of it, if it was not simply forwarded.
    private var becameOf: String? {
        let known = Verdict.allCases.first { $0.description == verdict }
        guard known != .forwarded else { return nil }
        return known?.isDrop == false ? verdict : "dropped: \(verdict)"
    }

    private var particulars: [String?] {
        [
            requestedAddress.map { "asks for \($0)" }, clientAddress.map { "has \($0)" },
            leaseSeconds.map { $0 == Int64(UInt32.max) ? "for ever" : "for \($0) s" },
            relayAddress.map { "via \($0)" }, becameOf,
        ]
    }
}

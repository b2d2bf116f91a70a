/// A server that runs for long and does not hear clients: what it listens on instead, and what to do.
struct DeafServer {
    /// The UDP ports that are bound in its namespace.
    let ports: Set<UInt16>

    /// What a server of that name does instead, as a sentence.
    func words(about server: String) -> String {
        guard !ports.isEmpty else {
            return
                "\(server) listens on no UDP port: its configuration has to name the interface or network of this host "
                + "(Kea: 'interfaces-config'; dnsmasq: 'dhcp-range')"
        }
        let list = ports.sorted().map(String.init).joined(separator: ", ")
        return "\(server) listens on UDP port \(list), but clients send to port 67: start it without another port "
            + "(dhcpd, Kea: '-p'; dnsmasq: 'dhcp-alternate-port'), and have it serve DHCP (dnsmasq: 'dhcp-range')"
    }
}

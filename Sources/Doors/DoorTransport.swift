/// How what goes through a door travels.
public enum DoorTransport: String, CaseIterable, Hashable, Sendable {
    /// Connections.
    case tcp
    /// Datagrams, those of one peer being one flow.
    case udp
    /// Datagrams as TFTP has them (RFC 1350): each transfer is answered from a port of its own.
    case tftp

    /// Whether it is carried by UDP.
    public var usesDatagrams: Bool { self != .tcp }
}

extension DoorTransport: CustomStringConvertible {
    /// As it is written in an option.
    public var description: String { rawValue }
}

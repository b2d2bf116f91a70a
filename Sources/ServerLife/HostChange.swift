public import Addresses
public import Messages

/// What is other on the host than what its server sees.
public enum HostChange: Hashable, Sendable {
    /// Nothing that a server sees.
    case none
    /// Only addresses or routes: the server sees them and goes on.
    ///
    /// The networks are given where they are other in words: their gateway.
    case furnishing([Link], networks: [AttachedNetwork]?)
    /// The host is in these networks now, with other addresses: the server has to be started in new surroundings.
    case networks([AttachedNetwork])
    /// Under the names of these networks are other interfaces, or they have another MAC address or MTU: the same.
    case interfaces([AttachedNetwork])
}

internal import ArgumentParser
internal import NIOCore

/// An address and a TCP port at which to listen: `127.0.0.1:9467` or `[::1]:9467`.
struct ListeningAddress: ExpressibleByArgument, Hashable {
    let host: String
    let port: Int

    /// The address with this port.
    init(_ host: String, _ port: Int) {
        (self.host, self.port) = (host, port)
    }

    /// Takes an option's value.
    ///
    /// Host names are refused, because one can stand for several addresses.
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard (try? SocketAddress(ipAddress: String(host), port: Int(port))) != nil else { return nil }
        self.init(String(host), Int(port))
    }
}

extension ListeningAddress: CustomStringConvertible {
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

public import Addresses
public import Diagnostics
internal import HostNetwork
internal import Kernel

/// The paths of the files from which the host's networks are read.
public struct TableFiles: Equatable, Sendable {
    /// /proc/net/route of the host's network namespace.
    public let routes: String
    /// /proc/net/fib_trie of the same namespace.
    public let addresses: String
    /// /proc/net/dev of the same namespace; it may be missing.
    public let interfaces: String

    /// How often the files are read before reading gives up because they keep changing.
    ///
    /// A reading takes some 0.1 ms, and the kernel adds routes in bursts: this outlasts a burst of milliseconds.
    public static let readings = 50

    /// The files; `addresses` is `fib_trie` beside the routes unless it is given, `interfaces` is `dev` there.
    public init(routes: String, addresses: String? = nil) {
        self.routes = routes
        let directory = routes.lastIndex(of: "/").map { routes[...$0] } ?? ""
        self.addresses = addresses ?? "\(directory)fib_trie"
        interfaces = "\(directory)dev"
    }

    /// Whether they are this process's own: of another namespace, or of a container's host, nothing tells of changes.
    public var areOwn: Bool { routes == "/proc/net/route" && addresses == "/proc/net/fib_trie" }

    /// Reads the files as they were at one moment.
    ///
    /// The kernel hands them out in pieces; a change between two pieces leaves lines out or doubles them.
    /// So both are read until two readings in a row are equal: routes, addresses, routes, addresses. Then neither
    /// changed from the first reading of the addresses to the second of the routes.
    ///
    /// - Parameter mindingInterfaces: whether to read as well which interfaces there are.
    /// - Throws: `Failure` (69) naming the file that cannot be read, or that keeps changing.
    public func read(mindingInterfaces: Bool = false) throws(Failure) -> Tables {
        try settled { () throws(Failure) in
            Tables(
                routes: try bytes(of: routes, atMost: RouteTable.maximumSize, option: "--routes"),
                addresses: try bytes(of: addresses, atMost: LocalAddresses.maximumSize, option: "--addresses"),
                interfaces: mindingInterfaces ? presentInterfaces() : [])
        }
    }

    /// The interfaces that are there; none if the file is missing, as in a container that has only the other two.
    private func presentInterfaces() -> Set<InterfaceName> {
        do {
            return try InterfaceTable.parse(
                bytes(of: interfaces, atMost: InterfaceTable.maximumSize, option: "--interface"))
        } catch {
            return []
        }
    }

    /// What `read` gives twice in succession.
    ///
    /// - Throws: `Failure` of `read`, or naming the file that differed last.
    public func settled(_ read: () throws(Failure) -> Tables) throws(Failure) -> Tables {
        var before = try read()
        var changing = routes
        for _ in 1..<Self.readings {
            let now = try read()
            if now == before { return now }
            changing = now.routes == before.routes ? addresses : routes
            before = now
        }
        throw .unavailable(
            "\(changing): keeps changing: of \(Self.readings) readings no two in a row were equal; try again when the "
                + "host's network is at rest")
    }

    /// The bytes of a file, at most one more than the parser accepts, so that the parser can refuse a larger one.
    private func bytes(of path: String, atMost maximum: Int, option: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(SystemError) {
            let file = try Descriptor(reading: path)
            while bytes.count <= maximum {
                // The kernel gives at most a page of such a file at once.
                guard let piece = try file.read(capacity: min(8_192, maximum + 1 - bytes.count)), !piece.isEmpty else {
                    break
                }
                bytes += piece
            }
        } catch {
            // The path already stands in front: leave it out of the call.
            let call = error.call.prefix { $0 != " " }
            throw .unavailable(
                "\(path): \(SystemError(String(call), code: error.code)); name the file to read with \(option)")
        }
        return bytes
    }
}

/// What the files held, byte for byte.
public struct Tables: Equatable, Sendable {
    /// The routing table.
    public let routes: [UInt8]
    /// The addresses.
    public let addresses: [UInt8]
    /// The interfaces, without their counters, which always change.
    public let interfaces: Set<InterfaceName>

    /// What files with these bytes hold.
    public init(routes: [UInt8], addresses: [UInt8], interfaces: Set<InterfaceName> = []) {
        self.routes = routes
        self.addresses = addresses
        self.interfaces = interfaces
    }
}

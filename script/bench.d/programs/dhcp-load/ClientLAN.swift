internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Kernel

/// Where the clients are, and whom they ask: shared by those who play clients.
struct ClientLAN: ParsableArguments {
    @Option(help: "The interface of the clients.")
    var interface: InterfaceName

    @Option(help: "The server.")
    var server: IPv4Address
}

/// The socket that the clients share, and the answers that came by it.
struct ClientPort: ~Copyable {
    let index: Int32
    let socket: FramePort
    var incoming = FrameBatch(capacity: 64, frameCapacity: 2_048)
    private var poller: Poller

    /// - Throws: `Failure` when there is no such interface, `SystemError` without the privilege.
    init(on lan: ClientLAN) throws {
        let index = try lan.interface.index
        let socket = FramePort(try PacketSocket(on: index, filter: .fromServer))
        let poller = try Poller()
        try poller.watch(socket.descriptor, for: .reading, token: 0)
        self.index = index
        self.socket = socket
        self.poller = poller
    }

    /// How many answers are in `incoming`, after waiting for them for so many microseconds at most.
    mutating func receive(within timeout: UInt64) throws(SystemError) -> Int {
        try poller.wait(timeout: timeout).isEmpty ? 0 : incoming.receive(from: socket)
    }
}

import Addresses
import Doors
import Kernel
import Messages

/// A socket at which flows through a door begin.
final class DoorListener {
    /// Which way they go.
    enum Role {
        /// From the server in this place to others; whether the address there is another's, and not the host's.
        case connect(ConnectDoor, ServerPlace, ConnectDoor.Destination)
        /// From others to the server.
        case publish(PublishDoor)
    }

    let role: Role
    let use: DoorUse
    /// Where it listens.
    let place: InternetPlace
    let socket: InternetSocket
    let token: UInt64
    /// Whether the poller watches it.
    var isWatched = false
    /// Until when nothing more is taken up, for it was too much.
    var pausedUntil: UInt64 = 0
    /// Transfers whose server has not answered yet.
    var transfers: [InternetPlace: Transfer] = [:]

    init(
        _ role: Role, _ use: DoorUse, at place: InternetPlace, _ socket: consuming InternetSocket, token: UInt64
    ) throws(SystemError) {
        self.role = role
        self.use = use
        self.place = place
        self.socket = socket
        self.token = token
        try self.socket.bind(place)
        if use.kind == .stream { try self.socket.listen() }
    }

    /// The place whose server it is for; nothing for whichever serves.
    var serverPlace: ServerPlace? {
        if case .connect(_, let place, _) = role { place } else { nil }
    }

    /// Whether it is to be watched at `now`.
    func isWanted(now: UInt64) -> Bool {
        pausedUntil <= now && (use.kind == .datagrams || use.flows < use.limits.flows)
    }

    /// A transfer by TFTP that was asked for, and not answered yet.
    final class Transfer {
        let client: InternetPlace
        /// The socket that the server answers.
        let socket: InternetSocket
        let token: UInt64
        /// When it is given up.
        let deadline: UInt64
        /// How long the question was.
        let length: Int

        init(
            of client: InternetPlace, _ socket: consuming InternetSocket, token: UInt64, deadline: UInt64, length: Int
        ) {
            self.client = client
            self.socket = socket
            self.token = token
            self.deadline = deadline
            self.length = length
        }
    }
}

extension InternetPlace {
    init(_ address: IPv4Address, _ port: UInt16) {
        self.init(address.rawValue, port)
    }

    /// The address of it.
    var host: IPv4Address { IPv4Address(rawValue: address) }
}

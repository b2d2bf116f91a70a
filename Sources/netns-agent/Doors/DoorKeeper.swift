import Addresses
import Diagnostics
import Doors
import Kernel
import Logging
import Messages
import Pacing
import Service

/// Opens the doors of a server, takes up what comes to them, and hands proxy the sockets.
///
/// It reads who comes, and nothing of what they say.
final class DoorKeeper {
    let doors: Doors
    let directory: RuntimeDirectory
    let uses: (connects: [DoorUse], publishes: [DoorUse])
    /// Whose doors they are now; nothing while there is no server.
    var scene: Scene?
    /// All sockets at which flows begin, and what else is watched.
    var listeners: [DoorListener] = []
    var refusalWatches: [ServerPlace: RefusalWatch] = [:]
    private var opened: Set<ServerPlace> = []

    var proxy: ComponentChannel?
    var proxySocket: MessageSocket?
    var nextMeeting: UInt64 = 0
    /// The flows that proxy carries, by their numbers.
    var flows: [UInt64: OpenFlow] = [:]
    var flowCount: UInt64 = 0
    var refusedMessages: UInt64 = 0

    /// What a server wanted and could not have.
    var refused = RefusedAttempts()
    /// Those that people are still to be told of.
    var refusedNews: [RefusedAttempt] = []
    /// The doors that would let others reach what the server listens on.
    var unreachable: [PublishDoor] = []
    /// When what the server listens on is looked at.
    var listeningLook: UInt64?

    /// What people are still to be told.
    var news: [News] = []
    private var nextToken = DoorKeeper.firstToken

    /// The server whose doors they are.
    struct Scene {
        let surroundings: Surroundings
        let place: ServerPlace
        /// The number of its start.
        let start: UInt32
    }

    /// Something that people are to be told, or that is to be recorded.
    enum News {
        case event(EventKind, String)
        case log(Logger.Level, String)
        case flow(FlowRecord)
    }

    /// The first of the numbers by which the poller knows what is watched here.
    static let firstToken: UInt64 = 1 << 32

    init(_ doors: Doors, in directory: RuntimeDirectory) {
        self.doors = doors
        self.directory = directory
        uses = (
            doors.connects.enumerated().map { DoorUse("--connect \($1)", number: UInt8($0), $1.transport) },
            doors.publishes.enumerated().map {
                DoorUse("--publish \($1)", number: UInt8(Doors.maximumCount + $0), $1.transport)
            }
        )
    }

    /// A number by which the poller can know something.
    func token() -> UInt64 {
        nextToken += 1
        return nextToken
    }

    /// What is to be told since the last time.
    func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    /// Opens the doors for the server in a place, before it is started.
    ///
    /// - Throws: `Failure` naming the door that cannot be opened.
    func open(_ place: ServerPlace, in surroundings: Surroundings) throws(Failure) {
        guard surroundings.hasOwnNamespaces, opened.insert(place).inserted else { return }
        do {
            let side = try surroundings.side(place)
            if refusalWatches[place] == nil {
                let socket = try side.inside { () throws(SystemError) in try RefusalSocket() }
                refusalWatches[place] = RefusalWatch(socket, token: token())
            }
        } catch {
            throw .kernel("hear what is refused to the server", error)
        }
        let hosts = surroundings.links.flatMap(\.addresses).map(\.address)
        for (door, use) in zip(doors.connects, uses.connects) {
            try openConnect(door, use, door.destination(from: hosts), place, surroundings)
        }
        for (door, use) in zip(doors.publishes, uses.publishes) {
            for address in door.addresses(among: Self.servedAddresses(surroundings.links)) {
                try openPublish(door, use, at: address)
            }
        }
    }

    /// The host's, or the container's, where clients are served.
    private static func servedAddresses(_ links: [Link]) -> [IPv4Address] {
        links.filter(\.hasUplink).flatMap { link in link.container.map { [$0.address] } ?? link.addresses.map(\.address)
        }
    }

    private func openConnect(
        _ door: ConnectDoor, _ use: DoorUse, _ destination: ConnectDoor.Destination, _ place: ServerPlace,
        _ surroundings: Surroundings
    ) throws(Failure) {
        let at = InternetPlace(door.address, door.port)
        do {
            let side = try surroundings.side(place)
            let role = DoorListener.Role.connect(door, place, destination)
            let open = { () throws(SystemError) in
                try DoorListener(
                    role, use, at: at, Self.socket(use, destination == .elsewhere ? side.doorway : nil),
                    token: self.token())
            }
            listeners.append(
                try destination == .elsewhere ? surroundings.atFarEnd(open) : side.inside(open))
        } catch {
            throw .kernel("open --connect \(door)", error)
        }
    }

    /// A socket of a door's kind, at the other end of the server's link if there is one.
    static func socket(_ use: DoorUse, _ doorway: Doorway?) throws(SystemError) -> InternetSocket {
        try InternetSocket(
            use.kind == .stream ? .stream : .datagrams, on: doorway?.nearInterface, foreign: doorway != nil)
    }

    private func openPublish(_ door: PublishDoor, _ use: DoorUse, at address: IPv4Address) throws(Failure) {
        let place = InternetPlace(address, door.port)
        let isOpen = listeners.contains { listener in
            if case .publish = listener.role { listener.place == place && listener.use === use } else { false }
        }
        guard !isOpen else { return }
        do {
            listeners.append(try DoorListener(.publish(door), use, at: place, Self.socket(use, nil), token: token()))
        } catch {
            guard error.isAddressInUse else { throw .kernel("open --publish \(door) on \(address)", error) }
            throw .unavailable(
                "--publish \(door) cannot be opened: \(address) has a program on port \(door.port) already; stop that, or "
                    + "leave the option out")
        }
    }

    /// The server has other addresses: doors open for them, and those of addresses that are gone close.
    func refresh(_ poller: borrowing Poller) {
        guard let scene else { return }
        let served = Self.servedAddresses(scene.surroundings.links)
        listeners.removeAll { listener in
            guard case .publish(let door) = listener.role, door.address == nil,
                !served.contains(listener.place.host)
            else { return false }
            unwatch(listener, poller)
            return true
        }
        for (door, use) in zip(doors.publishes, uses.publishes) where door.address == nil {
            for address in served {
                do { try openPublish(door, use, at: address) } catch {
                    news.append(.log(.warning, error.message))
                    news.append(.event(.doorClosed, error.message))
                }
            }
        }
    }

    /// The server has ended: its flows end with it.
    func end(start: UInt32) {
        listeningLook = nil
        tellProxy(.endFlows(start: start))
    }

    /// Closes all, so that the namespaces can vanish.
    func close(_ poller: borrowing Poller) {
        if let scene { end(start: scene.start) }
        for listener in listeners { unwatch(listener, poller) }
        for watch in refusalWatches.values where watch.isWatched { try? poller.forget(watch.socket.descriptor) }
        listeners = []
        refusalWatches = [:]
        opened = []
        scene = nil
    }

    func unwatch(_ listener: DoorListener, _ poller: borrowing Poller) {
        if listener.isWatched { try? poller.forget(listener.socket.descriptor) }
        listener.isWatched = false
        for transfer in listener.transfers.values { try? poller.forget(transfer.socket.descriptor) }
        listener.transfers = [:]
    }
}

import Doors
import Kernel
import Logging
import Messages
import Pacing
import Service

/// Taking up connections and datagrams.
extension DoorKeeper {
    func takeConnections(_ listener: DoorListener, now: UInt64) throws(SystemError) {
        for _ in 0..<ServiceLoop.messagesPerTurn where listener.isWanted(now: now) {
            guard let accepted = try listener.socket.accept() else { return }
            let peer = accepted.peer
            guard let scene, admits(peer, listener, scene, now: now) else {
                accepted.socket.reset()
                continue
            }
            do {
                try take(accepted.socket, from: peer, listener, scene, now: now)
            } catch {
                accepted.socket.reset()
                throw error
            }
        }
    }

    private func take(
        _ socket: borrowing InternetSocket, from peer: InternetPlace, _ listener: DoorListener, _ scene: Scene,
        now: UInt64
    ) throws(SystemError) {
        switch listener.role {
        case .connect(let door, _, let destination):
            let other = try outward(door, destination, listener.use, from: peer.address)
            hand(server: socket, peer: other, of: listener.use, with: listener.place, in: scene, now: now)
        case .publish:
            let other = try inward(from: peer, listener, in: scene)
            hand(server: other, peer: socket, of: listener.use, with: peer, in: scene, now: now)
        }
    }

    /// Whether one more flow may begin there, from this place.
    func admits(_ peer: InternetPlace, _ listener: DoorListener, _ scene: Scene, now: UInt64) -> Bool {
        switch listener.role {
        // A server that does not serve has no business with anybody.
        case .connect(_, let place, _): guard place == scene.place else { return false }
        case .publish(let door):
            guard door.admits(peer.host) else {
                if listener.use.refusals.isDue(at: now) {
                    let words = "\(peer.host) is not among those who may come: \(listener.use.option)"
                    news += [.log(.notice, words), .event(.flowRefused, words)]
                }
                return false
            }
        }
        guard listener.use.admit(now: now) else {
            listener.pausedUntil = now + Self.pause
            return false
        }
        return true
    }

    /// How long nothing is taken up when too much came, in microseconds.
    static let pause: UInt64 = 10_000

    /// How many datagrams are read in one turn.
    private static let datagramsPerTurn = 128

    /// A flow whose sockets are still here, until nothing of it waits at the listener.
    private final class Beginning {
        let near: InternetSocket
        let opposite: InternetSocket
        var bytes = 0

        init(near: consuming InternetSocket, opposite: consuming InternetSocket) {
            self.near = near
            self.opposite = opposite
        }

        func pass(_ arrival: InternetSocket.Arrival) {
            bytes += arrival.bytes.count
            opposite.send(arrival.bytes)
        }
    }

    func takeDatagrams(_ listener: DoorListener, now: UInt64) throws(SystemError) {
        guard let scene else { return }
        var beginnings: [InternetPlace: Beginning] = [:]
        var order: [InternetPlace] = []
        var failure: SystemError?
        for _ in 0..<Self.datagramsPerTurn {
            guard let arrival = try listener.socket.receive() else { break }
            let peer = arrival.sender
            if let beginning = beginnings[peer] {
                beginning.pass(arrival)
            } else if peer.port != 0, failure == nil, admits(peer, listener, scene, now: now) {
                do {
                    let beginning = try begin(from: peer, listener, scene)
                    beginnings[peer] = beginning
                    order.append(peer)
                    beginning.pass(arrival)
                    // What came while the socket had no peer yet may be of others: it is lost, as if it had found no room.
                    while let early = try beginning.near.receive() {
                        if early.sender == peer { beginning.pass(early) }
                    }
                } catch {
                    failure = error
                }
            } else if listener.pausedUntil > now {
                break
            }
        }
        for peer in order {
            if let beginning = beginnings[peer] { hand(beginning, from: peer, listener, scene, now: now) }
        }
        if let failure { throw failure }
    }

    private func begin(
        from peer: InternetPlace, _ listener: DoorListener, _ scene: Scene
    ) throws(SystemError) -> Beginning {
        let use = listener.use
        let side = try scene.surroundings.side(scene.place)
        switch listener.role {
        case .connect(let door, _, let destination):
            let opposite = try outward(door, destination, use, from: peer.address)
            let open = { () throws(SystemError) in
                try Self.twin(of: listener, destination == .elsewhere ? side.doorway : nil, with: peer)
            }
            let near = try destination == .elsewhere ? scene.surroundings.atFarEnd(open) : side.inside(open)
            return Beginning(near: near, opposite: opposite)
        case .publish:
            let opposite = try inward(from: peer, listener, in: scene)
            return Beginning(near: try Self.twin(of: listener, nil, with: peer), opposite: opposite)
        }
    }

    /// A socket at the same place for one peer alone.
    private static func twin(
        of listener: DoorListener, _ doorway: Doorway?, with peer: InternetPlace
    ) throws(SystemError) -> InternetSocket {
        let socket = try socket(listener.use, doorway)
        try socket.bind(listener.place)
        try socket.connect(peer)
        return socket
    }

    private func hand(
        _ beginning: Beginning, from peer: InternetPlace, _ listener: DoorListener, _ scene: Scene, now: UInt64
    ) {
        switch listener.role {
        case .connect:
            hand(
                server: beginning.near, peer: beginning.opposite, of: listener.use, with: listener.place,
                sent: (0, beginning.bytes), in: scene, now: now)
        case .publish:
            hand(
                server: beginning.opposite, peer: beginning.near, of: listener.use, with: peer,
                sent: (beginning.bytes, 0), in: scene, now: now)
        }
    }
}

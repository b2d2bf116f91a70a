import Addresses
import Doors
import Kernel
import Logging
import Messages
import Pacing

/// A flow that proxy carries.
struct OpenFlow {
    let use: DoorUse
    let peer: InternetPlace
    /// In microseconds since the Unix epoch, and of the monotonic clock.
    let beganAt: UInt64
    let began: UInt64
    /// What was sent on here, before proxy had the sockets.
    let bytesToServer: UInt64
    let bytesFromServer: UInt64
}

/// The two sides of a flow.
extension DoorKeeper {
    /// The socket by which what comes from the server goes on to whom it connects to.
    ///
    /// - Parameter source: the address that the server sends from, which is kept if it is one of the host's.
    func outward(
        _ door: ConnectDoor, _ destination: ConnectDoor.Destination, _ use: DoorUse, from source: UInt32
    ) throws(SystemError) -> InternetSocket {
        let socket = try Self.socket(use, nil)
        // Who has only one partner refuses another address of the same host.
        if destination == .elsewhere { try? socket.bind(InternetPlace(source, 0)) }
        try socket.connect(InternetPlace(door.address, door.port))
        return socket
    }

    /// The socket by which what comes from a client goes on to the server, as from that client; from the host itself, it is
    /// one in the server's namespace, where the host's addresses are its own.
    func inward(
        from client: InternetPlace, _ listener: DoorListener, in scene: Scene, connecting: Bool = true
    ) throws(SystemError) -> InternetSocket {
        let side = try scene.surroundings.side(scene.place)
        let place = serverPlace(of: listener, in: scene)
        let use = listener.use
        guard !isHost(client.host, in: scene) else {
            return try side.inside { () throws(SystemError) in
                let socket = try Self.socket(use, nil)
                if connecting { try socket.connect(place) }
                return socket
            }
        }
        return try scene.surroundings.atFarEnd { () throws(SystemError) in
            let socket = try Self.socket(use, side.doorway)
            try socket.bind(client)
            if connecting { try socket.connect(place) }
            return socket
        }
    }

    /// Where the server is reached that clients find at a listener.
    func serverPlace(of listener: DoorListener, in scene: Scene) -> InternetPlace {
        // In a container clients come to the container's address.
        let link = scene.surroundings.links.first { $0.container?.address == listener.place.host }
        return link.map { InternetPlace($0.network.address, listener.place.port) } ?? listener.place
    }

    private func isHost(_ address: IPv4Address, in scene: Scene) -> Bool {
        address.isLoopback || scene.surroundings.links.contains { $0.addresses.contains { $0.address == address } }
    }

    /// Hands both sockets to proxy, from which they are its own.
    func hand(
        server: borrowing InternetSocket, peer: borrowing InternetSocket, of use: DoorUse, with place: InternetPlace,
        sent: (toServer: Int, fromServer: Int) = (0, 0), in scene: Scene, now: UInt64
    ) {
        flowCount += 1
        let idle = use.limits.idle.map { UInt32($0 / 1_000) } ?? 0
        let order = FlowOrder(
            number: flowCount, start: scene.start, door: use.number, kind: use.kind, limit: UInt16(use.limits.flows),
            idle: idle)
        let descriptors = [server.descriptor.rawValue, peer.descriptor.rawValue]
        guard tellProxy(.flow(order), passing: descriptors) else { return }
        use.flows += 1
        flows[order.number] = OpenFlow(
            use: use, peer: place, beganAt: Clock.realtime, began: now, bytesToServer: UInt64(sent.toServer),
            bytesFromServer: UInt64(sent.fromServer))
    }

    /// Takes note that a flow has ended.
    func end(_ end: FlowEnd, now: UInt64) {
        guard let flow = flows.removeValue(forKey: end.number) else { return }
        flow.use.flows -= 1
        news.append(
            .flow(
                FlowRecord(
                    beganAt: flow.beganAt, duration: now - flow.began, door: flow.use.option, kind: flow.use.kind,
                    peer: flow.peer.host, peerPort: flow.peer.port,
                    bytesToServer: flow.bytesToServer &+ end.bytesToServer,
                    bytesFromServer: flow.bytesFromServer &+ end.bytesFromServer, ending: end.ending)))
        let failed: Set<FlowEnding> = [.refused, .timedOut, .unreachable]
        guard failed.contains(end.ending), flow.use.failures.isDue(at: now) else { return }
        news.append(
            .log(.warning, "\(flow.use.option): \(flow.peer.host):\(flow.peer.port) had no success: \(end.ending)"))
    }
}

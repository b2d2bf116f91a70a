internal import Kernel
internal import Messages

/// A flow at work: two sockets, and what one has brought that the other has not taken yet.
///
/// Of a connection no more is read than the other side takes, so that whoever sends is held up as if they spoke directly.
final class Flow {
    let order: FlowOrder
    private let server: FlowSocket
    private let peer: FlowSocket
    private var courses = (fromServer: Course(), fromPeer: Course())
    /// When something came last, in microseconds of the monotonic clock.
    private(set) var lastHeard: UInt64
    private var watched: (server: Poller.Interest?, peer: Poller.Interest?)
    private let place: Int

    /// What goes one way.
    private struct Course {
        /// How many bytes were sent on.
        var bytes: UInt64 = 0
        /// What was received and not sent on yet.
        var rest: ArraySlice<UInt8> = []
        /// Whether the socket that it comes from is connected.
        var isConnected = false
        /// Whether it brings nothing more.
        var hasEnded = false
        /// Whether that was passed on.
        var isFinished = false
        /// Whether the kernel says again and again that the socket is closed, while nothing more is to be read from it yet.
        var isMuted = false

        var wantsReading: Bool { isConnected && !hasEnded && rest.isEmpty }
    }

    /// How many times one socket is read in one turn, before the others have theirs.
    private static let receiptsPerTurn = 8

    /// The flow by these sockets, in this place of the table.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    init(
        _ order: FlowOrder, server: consuming FlowSocket, peer: consuming FlowSocket, place: Int,
        _ poller: borrowing Poller, now: UInt64
    ) throws(SystemError) {
        self.order = order
        self.server = server
        self.peer = peer
        self.place = place
        lastHeard = now
        if order.kind == .datagrams {
            courses.fromServer.isConnected = true
            courses.fromPeer.isConnected = true
        }
        for side in Side.allCases { try watch(side, poller) }
    }

    private var isStream: Bool { order.kind == .stream }

    /// When it has been silent for too long.
    var deadline: UInt64? { order.idle == 0 ? nil : lastHeard + UInt64(order.idle) * 1_000 }

    /// How it is told of when it has ended like this.
    func end(_ ending: FlowEnding) -> FlowEnd {
        FlowEnd(
            number: order.number, bytesToServer: courses.fromPeer.bytes, bytesFromServer: courses.fromServer.bytes,
            ending: ending)
    }

    /// Has both sides told, when this is over, that the connection was broken off.
    func breakOff() {
        guard isStream else { return }
        server.breakOff()
        peer.breakOff()
    }

    /// Does what one of its sockets is ready for; gives how the flow has ended, if it has.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func handle(
        _ side: Side, hasEnded: Bool, _ room: FlowRoom, _ poller: borrowing Poller, now: UInt64
    ) throws(SystemError) -> FlowEnding? {
        if !self[side].isConnected {
            let code = error(of: side)
            if code != 0 { return FlowEnding(code: code, isServer: side == .server, isConnecting: true) }
            guard !hasEnded else { return .refused }
            self[side].isConnected = true
        } else if hasEnded, isStream, !isRead(side) {
            let code = error(of: side)
            if code != 0 { return FlowEnding(code: code, isServer: side == .server, isConnecting: false) }
            self[side].isMuted = true
        }
        if self[.server].isConnected, self[.peer].isConnected, let ending = carry(side, room, now: now) {
            return ending
        }
        for side in Side.allCases { try watch(side, poller) }
        return nil
    }

    /// Forgets its sockets.
    func forget(_ poller: borrowing Poller) {
        if watched.server != nil { try? poller.forget(server.descriptor) }
        if watched.peer != nil { try? poller.forget(peer.descriptor) }
        watched = (nil, nil)
    }

    /// First what waits for this side, then what it brings.
    private func carry(_ side: Side, _ room: FlowRoom, now: UInt64) -> FlowEnding? {
        if let ending = sendRest(from: side.other) { return ending }
        for _ in 0..<Self.receiptsPerTurn where self[side].wantsReading {
            switch receive(from: side, into: room) {
            case .bytes(let count):
                lastHeard = now
                if let ending = pass(count, from: side, room) { return ending }
            case .nothing: return nil
            case .end:
                self[side].hasEnded = true
                if let ending = finishIfDue(side) { return ending }
            case .failure(let code):
                return FlowEnding(code: code, isServer: side == .server, isConnecting: false)
            }
        }
        return nil
    }

    private func pass(_ count: Int, from side: Side, _ room: FlowRoom) -> FlowEnding? {
        switch send(room, count, to: side.other) {
        case .bytes(let sent):
            self[side].bytes += UInt64(sent)
            if isStream, sent < count { self[side].rest = room.copy(sent..<count)[...] }
        // A datagram that finds no room is lost, as everywhere.
        case .nothing, .end: if isStream { self[side].rest = room.copy(0..<count)[...] }
        case .failure(let code): return failure(code, of: side.other)
        }
        return nil
    }

    private func sendRest(from side: Side) -> FlowEnding? {
        guard !self[side].rest.isEmpty else { return nil }
        switch side == .server ? peer.send(self[side].rest) : server.send(self[side].rest) {
        case .bytes(let sent):
            self[side].bytes += UInt64(sent)
            self[side].rest = self[side].rest.dropFirst(sent)
        case .nothing, .end: return nil
        case .failure(let code): return failure(code, of: side.other)
        }
        if self[side].rest.isEmpty {
            self[side].rest = []
            self[side].isMuted = false
        }
        return finishIfDue(side)
    }

    private func finishIfDue(_ side: Side) -> FlowEnding? {
        guard isStream, self[side].hasEnded, self[side].rest.isEmpty, !self[side].isFinished else { return nil }
        self[side].isFinished = true
        if side == .server { peer.finish() } else { server.finish() }
        return self[side.other].isFinished ? .closed : nil
    }

    private func failure(_ code: Int32, of side: Side) -> FlowEnding? {
        // Of datagrams what was said of an earlier one: this one is lost with it.
        FlowEnding(code: code, isServer: side == .server, isConnecting: false)
    }

    private subscript(side: Side) -> Course {
        get { side == .server ? courses.fromServer : courses.fromPeer }
        _modify {
            if side == .server { yield &courses.fromServer } else { yield &courses.fromPeer }
        }
    }

    private func receive(from side: Side, into room: FlowRoom) -> FlowSocket.Receipt {
        side == .server ? server.receive(into: room, isStream: isStream) : peer.receive(into: room, isStream: isStream)
    }

    private func send(_ room: FlowRoom, _ count: Int, to side: Side) -> FlowSocket.Receipt {
        side == .server ? server.send(room, count: count) : peer.send(room, count: count)
    }

    private func error(of side: Side) -> Int32 {
        side == .server ? server.error() : peer.error()
    }

    private func interest(in side: Side) -> Poller.Interest? {
        var interest: Poller.Interest = []
        guard self[side].isConnected else { return .writing }
        // Who is there first is not read before the other is.
        if self[side].wantsReading, self[side.other].isConnected { interest.insert(.reading) }
        if !self[side.other].rest.isEmpty { interest.insert(.writing) }
        let isDone = self[side].hasEnded && self[side.other].isFinished
        return isDone || self[side].isMuted && interest.isEmpty ? nil : interest
    }

    private func watch(_ side: Side, _ poller: borrowing Poller) throws(SystemError) {
        let before = side == .server ? watched.server : watched.peer
        let interest = interest(in: side)
        guard interest != before else { return }
        if side == .server {
            try Self.watch(server.descriptor, from: before, to: interest, token(side), poller)
            watched.server = interest
        } else {
            try Self.watch(peer.descriptor, from: before, to: interest, token(side), poller)
            watched.peer = interest
        }
    }

    private func isRead(_ side: Side) -> Bool {
        (side == .server ? watched.server : watched.peer)?.contains(.reading) == true
    }

    private static func watch(
        _ socket: borrowing Descriptor, from before: Poller.Interest?, to interest: Poller.Interest?, _ token: UInt64,
        _ poller: borrowing Poller
    ) throws(SystemError) {
        switch (before, interest) {
        case (nil, let interest?): try poller.watch(socket, for: interest, token: token)
        case (_?, let interest?): try poller.change(socket, to: interest, token: token)
        case (_?, nil): try poller.forget(socket)
        case (nil, nil): break
        }
    }

    private func token(_ side: Side) -> UInt64 { Source.flow(place, side).token }
}

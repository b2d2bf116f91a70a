internal import Kernel
internal import Messages

/// The flows at work, each in a place of its own.
struct FlowTable {
    private var flows: [Flow?] = []
    private var free: [Int] = []
    /// How many there are.
    private(set) var count = 0
    /// How many there were.
    private(set) var total: UInt64 = 0
    /// What has ended and was not told yet.
    var ends: [FlowEnd] = []

    /// How many there can be in all.
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The flow in a place, if there is one.
    subscript(place: Int) -> Flow? { place < flows.count ? flows[place] : nil }

    /// Takes up a flow; of the same door, one of datagrams makes room if there are too many.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    mutating func add(
        _ order: FlowOrder, server: consuming FlowSocket, peer: consuming FlowSocket, _ poller: borrowing Poller,
        now: UInt64
    ) throws(SystemError) {
        total += 1
        let own = flows.indices.filter { flows[$0]?.order.door == order.door }
        if own.count >= Int(order.limit) || count >= capacity {
            let idlest = own.filter { flows[$0]?.order.kind == .datagrams }.min { lastHeard($0) < lastHeard($1) }
            guard order.kind == .datagrams, let idlest else {
                ends.append(FlowEnd(number: order.number, bytesToServer: 0, bytesFromServer: 0, ending: .displaced))
                guard order.kind == .stream else { return }
                server.breakOff()
                return peer.breakOff()
            }
            end(idlest, .displaced, poller)
        }
        let place = free.popLast() ?? flows.count
        if place == flows.count { flows.append(nil) }
        flows[place] = try Flow(order, server: server, peer: peer, place: place, poller, now: now)
        count += 1
    }

    /// Ends the flow in a place.
    mutating func end(_ place: Int, _ ending: FlowEnding, _ poller: borrowing Poller) {
        guard let flow = self[place] else { return }
        if ending != .closed { flow.breakOff() }
        flow.forget(poller)
        ends.append(flow.end(ending))
        flows[place] = nil
        free.append(place)
        count -= 1
    }

    /// Ends the flows of a start of the server, or all.
    mutating func endAll(of start: UInt32?, _ poller: borrowing Poller) {
        for place in flows.indices where start == nil || flows[place]?.order.start == start {
            end(place, .stopped, poller)
        }
    }

    /// Ends those that have been silent for too long.
    mutating func endIdle(now: UInt64, _ poller: borrowing Poller) {
        for place in flows.indices {
            if let deadline = flows[place]?.deadline, deadline <= now { end(place, .idle, poller) }
        }
    }

    /// Whether one of them may be silent for too long some time.
    var hasDeadline: Bool { flows.contains { $0?.deadline != nil } }

    private func lastHeard(_ place: Int) -> UInt64 { flows[place]?.lastHeard ?? 0 }
}

internal import Addresses
internal import Forwarding
internal import Kernel
internal import Messages
internal import Service

/// What netns-agent handed over: a channel to itself and the sockets of every link.
///
/// It is given back as a whole: when the agent is gone or hands over something new, no socket of the old may stay open,
/// for it would keep the old namespaces alive.
final class Handover {
    /// The agent's messages, and the end of the agent.
    let control: ComponentChannel
    /// What is carried.
    let links: [ForwardingLink]
    /// The server whose ends came with the links.
    private let place: ServerPlace
    /// Which server serves, where there are two.
    var succession: Succession?
    /// The questions whether the server that serves is there, each with the number of its link.
    private(set) var probes: [(link: Int, frame: [UInt8])] = []

    /// What came with the message `links`, or nothing unless exactly the sockets came that belong to it: the channel,
    /// then of each link the packet socket on the host's interface, if it has an uplink, and the one on the end of the
    /// server's or, where that is a TAP interface, its descriptor.
    ///
    /// - Parameter place: whose ends these are.
    /// - Throws: `SystemError` when this process has no descriptor left.
    static func accept(
        _ links: [Link], of place: ServerPlace, with passed: [PassedDescriptor]
    ) throws(SystemError) -> Handover? {
        let ends = links.flatMap { $0.hasUplink ? [Origin.lan, .server(place)] : [.server(place)] }
        guard !links.isEmpty, passed.count == 1 + ends.count, passed[0].socketKind == .channel,
            zip(passed.dropFirst(), ends).allSatisfy({ $1 == .lan ? $0.socketKind == .packet : isServerEnd($0) })
        else { return nil }
        return try Handover(links, of: place, with: passed)
    }

    private static func isServerEnd(_ passed: PassedDescriptor) -> Bool {
        passed.socketKind == .packet || passed.isTap
    }

    private static func serverEnd(_ passed: PassedDescriptor) throws(SystemError) -> FramePort {
        try passed.isTap
            ? FramePort(TapInterface(adopting: passed.take())) : FramePort(PacketSocket(adopting: passed.take()))
    }

    private init(_ links: [Link], of place: ServerPlace, with passed: [PassedDescriptor]) throws(SystemError) {
        control = ComponentChannel(adopting: try passed[0].take(), token: Source.control.token)
        var forwarding: [ForwardingLink] = []
        let host = HostAddresses(of: links)
        var next = 1
        for (number, link) in links.enumerated() {
            let uplink = link.hasUplink ? FramePort(PacketSocket(adopting: try passed[next].take())) : nil
            let server = try Self.serverEnd(passed[next + (link.hasUplink ? 1 : 0)])
            forwarding.append(ForwardingLink(link, of: host, number, uplink: uplink, server: server, of: place))
            next += link.hasUplink ? 2 : 1
        }
        self.links = forwarding
        self.place = place
    }

    /// Takes what came with the message `standby`: of each link the end of the other server.
    ///
    /// It says whether it did, which it only does once, and only for exactly what belongs to it.
    ///
    /// - Throws: `SystemError` when this process has no descriptor left, or of epoll_ctl(2).
    func accept(
        standby passed: [PassedDescriptor], _ threshold: SilenceThreshold, with poller: borrowing Poller
    ) throws(SystemError) -> Bool {
        guard succession == nil, passed.count == links.count, passed.allSatisfy(Self.isServerEnd) else { return false }
        for link in links {
            link.add(other: try Self.serverEnd(passed[link.number]))
            try watch(.server(place.other), of: link, with: poller)
        }
        probes = links.compactMap { link in
            Probe(on: link.link, transaction: UInt32.random(in: .min ... .max)).map { (link.number, $0.frame) }
        }
        succession = Succession(threshold, links: links.map(\.link), serving: place, now: Clock.monotonic)
        return true
    }

    /// Takes note that the links look like this now, with other addresses; it says whether they are the same links.
    func show(_ links: [Link], of place: ServerPlace) -> Bool {
        guard place == self.place, links.map(\.network.interface) == self.links.map(\.interface),
            links.map(\.container) == self.links.map(\.link.container),
            links.map(\.hasUplink) == self.links.map(\.link.hasUplink)
        else { return false }
        let host = HostAddresses(of: links)
        for (forwarding, link) in zip(self.links, links) { forwarding.show(link, host) }
        succession?.show(links)
        return true
    }

    /// The interfaces on which clients are served.
    var servedInterfaces: [InterfaceName] { links.filter(\.hasUplink).map(\.interface) }

    /// Has the poller watch all of its sockets.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func watch(with poller: borrowing Poller) throws(SystemError) {
        try control.watch(with: poller)
        for link in links {
            for origin in link.origins { try watch(origin, of: link, with: poller) }
        }
    }

    private func watch(
        _ origin: Origin, of link: ForwardingLink, with poller: borrowing Poller
    ) throws(SystemError) {
        try link.withPort(of: origin) { port throws(SystemError) in
            try poller.watch(port.descriptor, for: .reading, token: Source.link(link.number, origin).token)
        }
    }

    /// Has the poller forget the sockets: others may hold them too, and closing them here would not be enough.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func forget(with poller: borrowing Poller) throws(SystemError) {
        try control.forget(with: poller)
        for link in links {
            for origin in link.origins {
                try link.withPort(of: origin) { port throws(SystemError) in try poller.forget(port.descriptor) }
            }
        }
    }
}

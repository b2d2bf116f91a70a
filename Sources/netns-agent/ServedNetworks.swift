import Addresses
import CommandLine
import Diagnostics
import Logging
import Messages
import ServerLife
import Service

/// Which of the networks that discovery tells of are served, and how the host is in them.
struct ServedNetworks {
    let uplink: Uplink
    /// Those that are served or to be served, as the interfaces are there.
    private(set) var sides: [HostSide] = []
    /// Which are not served and why, as people were told.
    private var toldRefusals: [String] = []
    /// Which of the host's interfaces are not served, and what to do, as people were told.
    private(set) var unserved: String?
    /// Whether people were told that the server does not see all of the host's addresses and routes.
    private var toldLeftOut = false
    /// What people are still to be told, with the kind of event.
    private var news: [(kind: EventKind, words: String)] = []

    /// None yet.
    init(by uplink: Uplink) {
        self.uplink = uplink
    }

    /// What the server sees.
    var links: [Link] { sides.map(\.link) }
    /// Those where clients are served; the others only lead out.
    private var served: [Link] { links.filter(\.hasUplink) }

    /// Whether some of those that were told last are not served.
    var hasRefused: Bool { !toldRefusals.isEmpty }

    /// What people are to be told that they were not, with the kind of event.
    mutating func takeNews() -> [(kind: EventKind, words: String)] {
        defer { news = [] }
        return news
    }

    /// Holds UDP port 67 on the interfaces in these networks, as the host is seen, instead of on those of before.
    ///
    /// - Throws: `Failure` naming the interface that is missing or the port that is taken.
    mutating func hold(_ networks: [AttachedNetwork], in view: HostView) throws(Failure) {
        // Those of before hold the port still.
        sides = []
        sides = try HostSide.all(of: networks, by: uplink, in: view)
        show(fitting(links))
    }

    /// Those that are served; none without a network.
    ///
    /// A server is not stopped for networks that cannot be served. At first all are tried, and the failure says it, unless
    /// all that there are were asked for.
    ///
    /// - Parameter haveServed: whether some were served before.
    mutating func choose(
        among networks: [AttachedNetwork], _ selection: Networks.Selection, in view: HostView, haveServed: Bool
    ) -> [AttachedNetwork] {
        let within = Array(networks.prefix(uplink.capacity))
        guard !within.isEmpty else { return [] }
        let isPicky = (haveServed || selection == .all) && within.count > 1
        let (served, objections) = isPicky ? servable(among: within, in: view) : (within, [])
        let refusals = excess(networks.dropFirst(within.count)) + objections
        news += refusals.filter { !toldRefusals.contains($0) }.map { (.networksRefused, $0) }
        toldRefusals = refusals
        return served
    }

    /// Which of the host's interfaces are not served beside these networks, and what to do; nothing if people know that.
    mutating func leaveUnserved(
        beside served: [AttachedNetwork], _ selection: Networks.Selection, in view: HostView
    ) -> String? {
        guard uplink == .lan else { return nil }
        let words = UnservedInterfaces(beside: served.map(\.interface), in: view, selection: selection).words
        defer { unserved = words }
        return words == unserved ? nil : words
    }

    /// Says to people and to the service manager that the server has ended as these words tell, with this exit status, and
    /// what it might have wanted to serve.
    func explainEnd(_ words: String, status: Int32, _ log: Logger, _ notification: inout ServiceNotification) {
        let reason = "\(words)\(unserved.map { "; \($0)" } ?? "")"
        log.error("\(reason)")
        notification.failing(reason, status: status)
    }

    /// What is other than what the server sees.
    ///
    /// - Throws: `Failure` of the kernel.
    mutating func change(
        to served: [AttachedNetwork], in view: HostView, _ surroundings: Surroundings?
    ) throws(Failure) -> HostChange {
        let change = try HostSide.change(from: sides, to: served, by: uplink, in: view, surroundings)
        guard case .furnishing(let links, let networks) = change else { return change }
        let fitting = fitting(links)
        return fitting == self.links ? .none : .furnishing(fitting, networks: networks)
    }

    /// Takes note that the server sees these links from now on.
    func show(_ links: [Link]) {
        for (side, link) in zip(sides, links) { side.show(link) }
    }

    /// As much of the links as there is room for; people are told once that it is not everything.
    private mutating func fitting(_ links: [Link]) -> [Link] {
        let (fitting, count) = Link.fitting(links)
        if count > 0, !toldLeftOut {
            let words = "the host has too many addresses and routes: \(count) of them the server does not see"
            news.append((.routesLeftOut, words))
        }
        toldLeftOut = count > 0
        return fitting
    }

    /// Those that can be served, and why the others cannot; where none can be, the failure to do so says it.
    private func servable(
        among networks: [AttachedNetwork], in view: HostView
    ) -> (served: [AttachedNetwork], objections: [String]) {
        let held = served.map(\.network.interface)
        var objections: [String] = []
        let possible = networks.filter { network in
            guard !held.contains(network.interface),
                let objection = HostSide.objection(to: network, by: uplink, in: view)
            else { return true }
            objections.append("\(network) cannot be served: \(objection.message)")
            return false
        }
        return possible.isEmpty ? (networks, []) : (possible, objections)
    }

    /// Why some networks are too many for the uplink.
    private func excess(_ networks: ArraySlice<AttachedNetwork>) -> [String] {
        guard !networks.isEmpty else { return [] }
        let advice = uplink == .lan ? "name them with --interface" : "name it with --interface, or use '--uplink lan'"
        return ["\(Self.list(networks)) cannot be served: the uplink '\(uplink)' has \(uplink.capacity); \(advice)"]
    }
}

extension ServedNetworks: CustomStringConvertible {
    /// The networks that are served, in one line.
    var description: String { Self.list(served.map(\.network)) }

    /// Each network, and how the server is there.
    var introductions: [String] { links.map { "\($0.network), \($0.macAddress)\($0.furnishingWords)" } }

    /// These networks in one line, or all, with what else the server sees there.
    func words(about networks: [AttachedNetwork]?) -> String {
        networks.map(Self.list) ?? links.map { "\($0.network)\($0.furnishingWords)" }.joined(separator: ", ")
    }

    private static func list(_ networks: some Sequence<AttachedNetwork>) -> String {
        networks.map(\.description).joined(separator: ", ")
    }
}

import Addresses
import Messages
import ServerLife

extension HostChange {
    /// The change from what the server sees to what there is.
    ///
    /// The numbers alone do not tell of another interface: one that was moved to another namespace and is back has its old
    /// one, but the packet socket does not hear it any more. What cannot be looked at is passed over: there is nothing yet to
    /// make surroundings from. So are addresses and routes of an interface that is down: they come back with it.
    ///
    /// - Parameters:
    ///   - old: the interfaces as the server sees them.
    ///   - heard: the interfaces that their packet sockets hear; nothing where there are no surroundings.
    ///   - networks: which are to be served.
    ///   - new: how their interfaces are now, and behind them those that lead out; nothing for one that cannot be looked at.
    init(
        from old: [HostSide.State], heard: [Int32?], to networks: [AttachedNetwork], seenAs new: [HostSide.State?]
    ) {
        let served = zip(networks, new).map { $1?.link.network ?? $0 }
        let networks = served + new.dropFirst(served.count).compactMap { $0?.link.network }
        let oldServed = old.filter(\.link.hasUplink)
        guard served.map(\.withoutGateway) == oldServed.map(\.link.network.withoutGateway),
            networks.map(\.interface) == old.map(\.link.network.interface)
        else {
            self = .networks(networks)
            return
        }
        let others = old.indices.filter { Self.isAnother(than: old[$0], heard: heard[$0], new[$0]) }
        guard others.isEmpty else {
            self = .interfaces(others.map { old[$0].link.network })
            return
        }
        let links = zip(old, new).map { old, new in
            // Under the MAC address of before, also while there is none.
            new.flatMap { $0.isUp ? old.link.with($0.link) : nil } ?? old.link
        }
        guard links != old.map(\.link) else {
            self = .none
            return
        }
        let isOtherInWords = links.map(\.network) != old.map(\.link.network)
        self = .furnishing(links, networks: isOtherInWords ? links.map(\.network) : nil)
    }

    private static func isAnother(than old: HostSide.State, heard: Int32?, _ new: HostSide.State?) -> Bool {
        // Where nobody is served it keeps the MAC address and the MTU of before, as a tunnel gets others each time.
        guard let new, old.link.hasUplink else { return false }
        return new.index != old.index || new.index != heard ?? new.index || new.link.macAddress != old.link.macAddress
            || new.link.mtu != old.link.mtu || new.link.container != old.link.container
    }
}

extension AttachedNetwork {
    fileprivate var withoutGateway: AttachedNetwork? {
        AttachedNetwork(interface: interface, address: address, prefixLength: network.prefixLength, gateway: nil)
    }
}

extension Link {
    /// The same with the network, the addresses and the routes of another.
    fileprivate func with(_ other: Link) -> Link {
        Link(
            macAddress: macAddress, mtu: mtu, network: other.network, container: container, hasUplink: hasUplink,
            addresses: other.addresses, routes: other.routes)
    }

    /// What the server sees of it beside its network, in words; nothing where that is all.
    var furnishingWords: String {
        let more = addresses.filter { $0.address != network.address }
        let others = routes.filter { $0.usesInterface && $0.hasGateway && $0.destination.prefixLength > 0 }
        let words = [
            hasUplink ? nil : "leads out only; nobody is served there",
            more.isEmpty ? nil : "also " + more.map(\.description).joined(separator: ", "),
            others.isEmpty
                ? nil
                : others.count > 4
                    ? "\(others.count) routes through routers" : others.map(\.description).joined(separator: ", "),
        ].compactMap(\.self)
        return words.isEmpty ? "" : " (\(words.joined(separator: "; ")))"
    }
}

internal import Addresses

// What it tells.
extension ServerLeases {
    /// The lease that the server finds for `client` among those that `isNear` takes, and who has it; it can be over.
    ///
    /// By the identifier if that is known, and else by the hardware address, where one of the two has no identifier.
    func found(
        for client: LeaseClient, on interface: String, at time: Int64, isNear: (IPv4Address) -> Bool
    ) -> (address: IPv4Address, client: LeaseClient)? {
        for key in lists(of: client, on: interface)
        where !key.isOfNobody && (key.hardwareType == nil || server != .dhcpd) {
            for address in lists[key] ?? [] where isNear(address) {
                guard let entry = self[address, interface], isKept(entry, at: time / 1_000_000),
                    key.hardwareType == nil || entry.client.isSame(as: client)
                else { continue }
                return (address, entry.client)
            }
        }
        return nil
    }

    /// What `client` has or had of the addresses that `isNear` takes, in the server's order: by its identifier, or by its
    /// hardware address.
    func entries(
        of client: LeaseClient, byIdentifier: Bool, on interface: String, isNear: (IPv4Address) -> Bool
    ) -> [(address: IPv4Address, entry: Entry)] {
        lists(of: client, on: interface).filter { ($0.hardwareType == nil) == byIdentifier }.flatMap { key in
            (lists[key] ?? []).filter(isNear).compactMap { address in
                self[address, interface].map { (address, $0) }
            }
        }
    }
}

// Kea's order.
extension ServerLeases {
    /// The lists of `client` in which Kea leaves the lease of `place` where it stands among all others when `old` had it: there
    /// it comes before those of `client`, not behind them.
    ///
    /// Kea's indexes are sorted by hardware address or identifier, and by network within them. A lease that is replaced stays
    /// where it is if it is sorted there as well (`boost::multi_index`, `ordered_non_unique::replace`). Networks are taken to
    /// be numbered in the order of their addresses.
    ///
    /// - Parameters:
    ///   - place: what is given to another client.
    ///   - old: who has had it.
    ///   - client: who gets it.
    ///   - isNear: whether an address is in the same network.
    func listsKeptInPlace(
        _ place: Place, from old: LeaseClient, to client: LeaseClient, isNear: (IPv4Address) -> Bool
    ) -> [ListKey] {
        guard server == .kea else { return [] }
        let oldLists = lists(of: old, on: place.interface)
        return lists(of: client, on: place.interface).filter { list in
            oldLists.contains { old in
                (old.hardwareType == nil) == (list.hardwareType == nil)
                    && isKeptInPlace(place.address, from: old, to: list, isNear: isNear)
            }
        }
    }

    /// Whether nothing is sorted between the lease of `address` in `old` and those in `new` in its network.
    private func isKeptInPlace(
        _ address: IPv4Address, from old: ListKey, to new: ListKey, isNear: (IPv4Address) -> Bool
    ) -> Bool {
        guard old.text < new.text, lists[new]?.contains(where: isNear) ?? false,
            lists[old]?.last(where: isNear) == address
        else { return false }
        return !lists.contains { key, addresses in
            guard (key.hardwareType == nil) == (new.hardwareType == nil) else { return false }
            if key.text == old.text { return addresses.contains { !isNear($0) && $0.rawValue > address.rawValue } }
            if key.text == new.text { return addresses.contains { !isNear($0) && $0.rawValue < address.rawValue } }
            return old.text < key.text && key.text < new.text
        }
    }
}

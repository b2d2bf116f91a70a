import Addresses

/// The lease history as somebody would keep it on paper: one list, looked through from the end.
///
/// It knows nothing of frames, tables or the decisions of `LeaseStore`.
struct LeaseModel {
    struct Holder: Hashable {
        var hardwareType: UInt8 = 1
        var hardwareAddress: MACAddress
        var identifier: [UInt8]?

        func isSame(as other: Holder) -> Bool {
            if identifier != nil && other.identifier != nil { return identifier == other.identifier }
            return hasHardware(of: other)
        }

        func hasHardware(of other: Holder) -> Bool {
            hardwareType == other.hardwareType && hardwareAddress == other.hardwareAddress
        }
    }

    struct Entry {
        var interface: String
        var address: IPv4Address
        var relay: IPv4Address
        var holder: Holder
        /// Whether what the client calls itself was heard, and not only what the server said.
        var isIdentifierHeard = true
        var state = "bound"
        var boundAt: UInt64
        var renewedAt: UInt64?
        var expiresAt: UInt64?
        var endedAt: UInt64?

        /// Whether whoever reads the clock as `time` would say that the address is taken by this.
        func isHeld(at time: UInt64) -> Bool {
            ["bound", "expired"].contains(state) && (expiresAt ?? .max) > time
        }
    }

    private(set) var entries: [Entry] = []

    /// The server gave `entry.holder` the address.
    mutating func grant(_ new: Entry) {
        let last = entries.lastIndex { $0.interface == new.interface && $0.address == new.address }
        if let last, entries[last].isHeld(at: new.boundAt), isCalled(entries[last].holder, by: new) {
            return renew(last, new)
        }
        for index in entries.indices where entries[index].interface == new.interface {
            let old = entries[index]
            let isOfClient = old.holder.isSame(as: new.holder) && old.relay == new.relay
            if old.isHeld(at: new.boundAt), index == last || isOfClient {
                entries[index].state = "superseded"
                entries[index].endedAt = new.boundAt
            } else if index == last, old.state == "bound" {
                entries[index].state = "expired"
                entries[index].endedAt = old.expiresAt
            }
        }
        entries.append(new)
    }

    /// Whoever says nothing else of himself is still who he was.
    private func isCalled(_ holder: Holder, by new: Entry) -> Bool {
        let saysNothing = !new.isIdentifierHeard || new.holder.identifier == nil
        return holder.hasHardware(of: new.holder) && (saysNothing || holder.identifier == new.holder.identifier)
    }

    private mutating func renew(_ index: Int, _ new: Entry) {
        entries[index].state = "bound"
        entries[index].endedAt = nil
        entries[index].renewedAt = new.boundAt
        entries[index].expiresAt = new.expiresAt
        if new.relay != .unspecified { entries[index].relay = new.relay }
    }

    /// A client said that it does not want the address any longer.
    mutating func giveBack(
        _ address: IPv4Address, on interface: String, through relay: IPv4Address, by holder: Holder, as state: String,
        at time: UInt64
    ) {
        let last = entries.lastIndex { $0.interface == interface && $0.address == address }
        guard let last, entries[last].isHeld(at: time), entries[last].holder.isSame(as: holder),
            relay == .unspecified || relay == entries[last].relay
        else { return }
        entries[last].state = state
        entries[last].endedAt = time
    }

    /// Somebody looked at the clock.
    ///
    /// It can have been wrong before: what it had ended too early goes on, unless address or client have gone on
    /// without it.
    mutating func look(at time: UInt64) {
        for index in entries.indices {
            let entry = entries[index]
            if entry.state == "bound", let end = entry.expiresAt, end <= time {
                entries[index].state = "expired"
                entries[index].endedAt = end
            } else if entry.state == "expired", entry.isHeld(at: time), !isFollowed(index) {
                entries[index].state = "bound"
                entries[index].endedAt = nil
            }
        }
    }

    private func isFollowed(_ index: Int) -> Bool {
        let entry = entries[index]
        return entries[(index + 1)...].contains { later in
            later.interface == entry.interface
                && (later.address == entry.address
                    || later.holder.isSame(as: entry.holder) && later.relay == entry.relay)
        }
    }

    /// Every entry as the tests read the rows of the table.
    var texts: [String] {
        entries.map { entry in
            let identifier = entry.holder.identifier.map { bytes in
                bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
            }
            let fields: [(any CustomStringConvertible)?] = [
                entry.interface, entry.address, entry.holder.hardwareType, entry.holder.hardwareAddress, identifier,
                entry.relay == .unspecified ? nil : entry.relay, entry.state, entry.boundAt, entry.renewedAt,
                entry.expiresAt, entry.endedAt,
            ]
            return fields.map { $0?.description ?? "-" }.joined(separator: " ")
        }
    }
}

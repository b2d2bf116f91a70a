internal import Addresses
internal import Packet
internal import PacketTesting

/// A client that gets an address, keeps it by renewing, and repeats what nobody answers; some move out now and then, and
/// a new client comes in their place.
///
/// Times are microseconds of one clock.
struct Resident {
    /// What the client is at (RFC 2131, figure 5).
    enum State: Equatable {
        case selecting
        case requesting(IPv4Address)
        case bound(IPv4Address)
        case renewing(IPv4Address)
    }

    /// What an answer meant.
    enum Outcome: Equatable {
        /// It has this address; `isNew` when it was not renewed only.
        case granted(IPv4Address, isNew: Bool, waited: UInt64)
        /// The address it had was denied.
        case denied(IPv4Address)
    }

    private(set) var state = State.selecting
    private let number: Int
    private var generation = 0
    private let renewal: UInt64
    private let stay: Int?
    /// How long nobody answers before it asks again.
    private let retransmission: UInt64
    /// How often it had to ask again.
    private(set) var repeated = 0
    private var renewals = 0
    private var transaction: UInt32 = 0
    private var waitingSince: UInt64?
    private var hasAsked = false
    private var nextTurn: UInt64

    /// The client with this number, which begins at `start` and renews every `renewal` microseconds.
    ///
    /// - Parameter stay: after how many renewals it moves out; nothing for one that stays.
    init(_ number: Int, from start: UInt64, renewal: UInt64, retransmission: UInt64, stay: Int?) {
        (self.number, self.renewal, self.retransmission) = (number, renewal, retransmission)
        (self.stay, nextTurn) = (stay, start)
    }

    /// Its MAC address; another one after it moved.
    var macAddress: MACAddress { .client(generation << 12 | number) }

    /// The address it has.
    var address: IPv4Address? {
        switch state {
        case .bound(let address), .renewing(let address): address
        case .selecting, .requesting: nil
        }
    }

    /// Since when it waits for an answer.
    var waiting: UInt64? { waitingSince }

    /// What it sends at `now`, if it is its turn.
    mutating func turn(at now: UInt64, to server: IPv4Address) -> [DHCPLayer] {
        guard now >= nextTurn else { return [] }
        nextTurn = now + retransmission
        var messages: [DHCPLayer] = []
        if case .bound(let address) = state {
            if let stay, renewals >= stay {
                messages.append(moveOut(of: address, server))
            } else {
                state = .renewing(address)
            }
        }
        if hasAsked { repeated += 1 }
        hasAsked = true
        if waitingSince == nil { transaction &+= 1 }
        waitingSince = waitingSince ?? now
        return messages + [question(at: now, to: server)]
    }

    private mutating func moveOut(of address: IPv4Address, _ server: IPv4Address) -> DHCPLayer {
        let release = DHCPLayer.request(7, from: macAddress).setting(\.clientAddress, to: address)
            .option(54, server.rawValue.networkBytes)
        generation += 1
        renewals = 0
        state = .selecting
        return release
    }

    private func question(at now: UInt64, to server: IPv4Address) -> DHCPLayer {
        let seconds = UInt16(clamping: (now - (waitingSince ?? now)) / 1_000_000)
        func message(_ type: UInt8) -> DHCPLayer {
            DHCPLayer.request(type, from: macAddress).setting(\.secs, to: seconds)
                .setting(\.transactionIdentifier, to: UInt32(number) << 16 | transaction & 0xFFFF)
        }
        switch state {
        case .selecting: return message(1).setting(\.flags, to: 0x8000)
        case .requesting(let address):
            return message(3).setting(\.flags, to: 0x8000).option(50, address.rawValue.networkBytes)
                .option(54, server.rawValue.networkBytes)
        case .bound(let address), .renewing(let address): return message(3).setting(\.clientAddress, to: address)
        }
    }

    /// Takes an answer that came at `now`.
    mutating func take(_ type: DHCPMessageType?, _ offered: IPv4Address, at now: UInt64) -> Outcome? {
        switch (state, type) {
        case (.selecting, .offer):
            state = .requesting(offered)
            nextTurn = now
            hasAsked = false
            return nil
        case (.requesting, .ack), (.renewing, .ack):
            let isNew = if case .requesting = state { true } else { false }
            let waited = now - (waitingSince ?? now)
            renewals += isNew ? 0 : 1
            state = .bound(offered)
            waitingSince = nil
            hasAsked = false
            nextTurn = now + renewal
            return .granted(offered, isNew: isNew, waited: waited)
        case (.requesting, .nak):
            begin(at: now)
            return nil
        case (.renewing(let address), .nak):
            begin(at: now)
            return .denied(address)
        default: return nil
        }
    }

    private mutating func begin(at now: UInt64) {
        state = .selecting
        hasAsked = false
        nextTurn = now + 100_000
    }
}

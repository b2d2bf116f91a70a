import Addresses
import PacketTesting

/// Makes conversations: each is the same for the same seed and number, whatever was before.
struct Generator {
    /// A relay agent that the server has a network for.
    static let agent = IPv4Address(192, 168, 60, 1)
    /// Where messages of hostile clients say that they come from, beside there: the LAN itself, and nowhere.
    private static let agents = [agent, IPv4Address(192, 168, 50, 77), IPv4Address(10, 66, 0, 1)]

    private var numbers: SplitMix64

    private init(seed: UInt64, number: Int) {
        var mixed = SplitMix64(seed: seed)
        numbers = SplitMix64(seed: mixed.next() ^ UInt64(number) &* 0xD6E8_FEB8_6659_FD93)
    }

    static func conversation(seed: UInt64, number: Int) -> Conversation {
        var generator = Generator(seed: seed, number: number)
        var conversation = generator.numbers.happens(onceIn: 3) ? generator.hostile() : generator.honest()
        if generator.numbers.happens(onceIn: 2) { generator.disturb(&conversation) }
        if number % 500 == 150 { conversation.pause = 4 }
        return conversation
    }

    // MARK: What clients do

    private mutating func honest() -> Conversation {
        let number = UInt8.random(in: 0..<Party.count, using: &numbers)
        // Some use one number for as long as they run.
        let transaction =
            numbers.happens(onceIn: 2) ? 0x5000_0000 + UInt32(number) : .random(in: 1...0xFFFF, using: &numbers)
        var message = Message(type: 1, party: Party(number), transaction: transaction)
        // Every third is behind the relay agent.
        let relay = number % 4 == 3 ? Self.agent : .unspecified
        message.relay = relay
        message.seconds = numbers.one([nil, nil, 3, 60, 3600, .max])
        var request = message
        request.type = 3
        switch Int.random(in: 0..<12, using: &numbers) {
        case 0...4:
            if numbers.happens(onceIn: 3) { message.requested = somePool() }
            (request.requested, request.server) = (.offered, .ours)
            return Conversation(groups: [[message], [request]])
        case 5...6:
            // A renewal: from the client itself to the server, past the agent.
            (request.client, request.relay) = (.held, .unspecified)
            return Conversation(groups: [[request]])
        case 7:
            request.requested = .held
            return Conversation(groups: [[request]])
        case 8...9: return Conversation(groups: [[release(of: request)]])
        case 10:
            return Conversation(groups: [[numbers.happens(onceIn: 2) ? inform(of: request) : decline(of: request)]])
        default:
            if numbers.happens(onceIn: 2) {
                message.isRapid = true
            } else {
                (message.type, message.seconds, message.party.identifier) = (nil, nil, nil)
            }
            return Conversation(groups: [[message]])
        }
    }

    private func release(of request: Message) -> Message {
        var message = request
        (message.type, message.client, message.server, message.relay) = (7, .held, .ours, .unspecified)
        return message
    }

    private func decline(of request: Message) -> Message {
        var message = request
        (message.type, message.requested, message.server) = (4, .held, .ours)
        return message
    }

    private func inform(of request: Message) -> Message {
        var message = request
        (message.type, message.client, message.relay) = (8, .held, .unspecified)
        return message
    }

    // MARK: What is done to them

    private mutating func hostile() -> Conversation {
        let messages = (0...Int.random(in: 0..<3, using: &numbers)).map { _ in lie(as: someParty(), 0x6666_0000) }
        return Conversation(groups: [messages])
    }

    /// Anything that anybody can send.
    private mutating func lie(as party: Party, _ transaction: UInt32) -> Message {
        var message = Message(type: numbers.one([1, 3, 3, 3, 4, 7, 7, 8, nil]), party: party, transaction: transaction)
        if numbers.happens(onceIn: 4) { message.relay = numbers.one(Self.agents) }
        if numbers.happens(onceIn: 2) { message.requested = numbers.one([somePool(), .held, .offered]) }
        if numbers.happens(onceIn: 2) { message.client = numbers.one([somePool(), .held, .offered]) }
        if numbers.happens(onceIn: 8) { message.your = somePool() }
        message.server = numbers.one([.none, .ours, .ours, .other])
        message.seconds = numbers.one([nil, 3, 60, .max])
        message.isRapid = numbers.happens(onceIn: 6)
        message.asksForTime = numbers.happens(onceIn: 4)
        if message.type == nil { message.party.identifier = nil }
        return message
    }

    /// Somebody who is a client in some respects.
    private mutating func someParty(like client: Party? = nil) -> Party {
        var party = client ?? Party(.random(in: 0..<Party.count, using: &numbers))
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0: party.hardwareType = 6
        case 1: party.identifier = nil
        case 2: party.identifier = [0xB, 0xAD, .random(in: 0..<3, using: &numbers)]
        case 3: party.identifier = Party(.random(in: 0..<Party.count, using: &numbers)).identifier
        default: break
        }
        if numbers.happens(onceIn: 3) { party.hostName = "mallory" }
        return party
    }

    private mutating func somePool() -> Subject { .pool(.random(in: Subject.pool.indices, using: &numbers)) }

    /// Says something else in the client's name and under its number, sends again, or lets messages overtake each other.
    private mutating func disturb(_ conversation: inout Conversation) {
        let group = Int.random(in: conversation.groups.indices, using: &numbers)
        guard let victim = conversation.groups[group].first else { return }
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0: conversation.groups[group].append(victim)
        case 1:
            var copy = victim
            copy.party = someParty(like: victim.party)
            conversation.groups[group].insert(copy, at: numbers.happens(onceIn: 2) ? 0 : 1)
        case 2: conversation.groups = [conversation.groups.flatMap(\.self).reversed()]
        default:
            for _ in 0...Int.random(in: 0..<2, using: &numbers) {
                var lie = lie(as: someParty(like: victim.party), victim.transaction)
                if numbers.happens(onceIn: 2) { (lie.requested, lie.server) = (victim.requested, victim.server) }
                if !numbers.happens(onceIn: 3) { lie.relay = victim.relay }
                let place = Int.random(in: 0...conversation.groups[group].count, using: &numbers)
                conversation.groups[group].insert(lie, at: place)
            }
        }
    }
}

extension SplitMix64 {
    fileprivate mutating func happens(onceIn count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    fileprivate mutating func one<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

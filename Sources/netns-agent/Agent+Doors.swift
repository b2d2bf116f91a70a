import Diagnostics
import Doors
import Kernel
import Logging
import Messages
import ServerLife
import Service

/// What the server speaks beside DHCP.
extension Agent {
    /// Opens the doors of the server that is about to be started in a place.
    func openDoors(at place: ServerPlace, in surroundings: Surroundings) throws(Failure) {
        // First, for of a place that has to be made the relay is to hear.
        do { _ = try side(place, in: surroundings) } catch { throw .kernel("make the server's place ready", error) }
        try doors.open(place, in: surroundings)
        doors.scene = .init(surroundings: surroundings, place: place, start: startNumber)
    }

    /// Does what is due about the doors, and tells what has become of it.
    func tendDoors(now: UInt64) throws {
        if let server, let look = doors.listeningLook, look <= now { doors.look(atSocketsOf: server.pid, life.name) }
        try doors.advance(loop.poller, now: now)
        for attempt in doors.takeRefused() {
            let words = attempt.words(about: life.name)
            log.warning("\(words)")
            note(.connectionRefused, words)
        }
        for news in doors.takeNews() {
            switch news {
            case .event(let kind, let detail): note(kind, detail)
            case .log(let level, let words): log.log(level: level, "\(words)")
            case .flow(let record): outbox.append(.flow(record))
            }
        }
    }
}

extension DoorKeeper {
    /// What was refused, of which people were not told yet.
    func takeRefused() -> [RefusedAttempt] {
        defer { refusedNews = [] }
        return refusedNews
    }

    /// What people are told of the doors.
    func statusFields(server: String) -> [Status.Field] {
        var fields: [Status.Field] = []
        if !doors.isEmpty {
            fields.append(.init("proxy", proxy == nil ? "missing" : "connected"))
            for (number, use) in (uses.connects + uses.publishes).enumerated() {
                fields.append(.init("door-\(number + 1)", "\(use.option): \(use.flows) flows"))
            }
        }
        for (number, attempt) in refused.told.enumerated() {
            fields.append(.init("connection-refused-\(number + 1)", attempt.words(about: server)))
        }
        if refused.untold > 0 { fields.append(.init("connections-refused-untold", refused.untold)) }
        for (number, door) in unreachable.enumerated() {
            fields.append(.init("port-unreachable-from-lan-\(number + 1)", "--publish \(door)"))
        }
        return fields
    }
}

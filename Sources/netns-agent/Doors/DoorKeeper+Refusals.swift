import Doors
import Kernel
import Logging
import Messages
import Service

/// Hears what is refused to a server.
final class RefusalWatch {
    let socket: RefusalSocket
    let token: UInt64
    var isWatched = false
    /// Until when it is not looked at, for there was too much.
    var pausedUntil: UInt64 = 0

    init(_ socket: consuming RefusalSocket, token: UInt64) {
        self.socket = socket
        self.token = token
    }
}

/// What the server wanted, and could not have; what it listens on, and nobody can reach.
extension DoorKeeper {
    /// How many are heard of in a second, in which the first of them are worth as much as all.
    private static let perSecond = 64

    /// How long after it is ready it is looked what a server listens on, in microseconds: a start does not wait for it.
    static let lookingPause: UInt64 = 1_000_000

    func takeRefusals(_ place: ServerPlace, now: UInt64) throws(SystemError) {
        guard let watch = refusalWatches[place] else { return }
        for _ in 0..<Self.perSecond {
            guard let refusal = try watch.socket.next() else { return }
            note(refusal, now: now)
        }
        watch.pausedUntil = now + 1_000_000
    }

    private func note(_ refusal: RefusalSocket.Refusal, now: UInt64) {
        let attempt = RefusedAttempt(
            refusal.isConnection ? .tcp : .udp, refusal.place.host, refusal.place.port)
        // What we connect to for others, and what has a door whose other side refuses, is no wish of the server's.
        let hasDoor = doors.connects.contains { attempt.door == $0 }
        let isPublished = doors.publishes.contains {
            $0.port == attempt.port && $0.transport.usesDatagrams == attempt.transport.usesDatagrams
        }
        guard !hasDoor, !isPublished, attempt.door != nil, refused.note(attempt, at: now) else { return }
        refusedNews.append(attempt)
    }

    /// Takes note of what the server with this process listens on.
    func look(atSocketsOf process: Int32, _ name: String) {
        listeningLook = nil
        guard let tcp = try? Descriptor.contents(of: "/proc/\(process)/net/tcp"),
            let udp = try? Descriptor.contents(of: "/proc/\(process)/net/udp")
        else { return }
        let missing = doors.missing(for: ListeningSocket.all(tcp: tcp, udp: udp))
        for door in missing where !unreachable.contains(door) {
            let words =
                "\(name) listens on \(door.port)/\(door.transport.usesDatagrams ? "udp" : "tcp"), where nobody reaches it: "
                + "--publish \(door)"
            news += [.log(.notice, words), .event(.portUnreachable, words)]
        }
        unreachable = missing
    }
}

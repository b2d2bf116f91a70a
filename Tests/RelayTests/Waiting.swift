import Foundation
import Kernel

/// How long a test waits for what must come; it goes on as soon as it has come.
let patience: Int32 = 10_000

/// Whether a descriptor becomes ready for these events of poll(2) within `milliseconds`.
func becomesReady(_ descriptor: Int32, for events: Int32 = POLLIN, within milliseconds: Int32 = patience) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        let count = unsafe poll(&entry, 1, milliseconds)
        guard count < 0, errno == EINTR else { return count > 0 }
    }
}

/// Why a test cannot go on.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension MessageSocket {
    /// The next message; no bytes at the end of a channel.
    func await() throws -> Received {
        guard becomesReady(descriptor.rawValue), let received = try receive(capacity: 65_536) else {
            throw Trouble("no message came")
        }
        return received
    }
}

import Kernel
import Messages
import ServerLife
import Service

/// Those who asked for the other server, and are not answered yet.
struct FailoverRequests {
    private var letters: [UInt64: Inbox.Letter] = [:]
    private var last: UInt64 = 0

    /// Takes up one more.
    mutating func add(_ letter: Inbox.Letter) -> ServerLife.Request {
        last += 1
        letters[last] = letter
        return .init(number: last, process: letter.sender.process)
    }

    /// What was asked, which is to be answered now.
    mutating func take(_ request: ServerLife.Request) -> Inbox.Letter? {
        letters.removeValue(forKey: request.number)
    }
}

import Kernel
import Messages
import Service

/// Who holds a namespace for a server that others start, and the way there.
struct Holder {
    let channel: ComponentChannel
    /// Its process, 0 when it is not in the agent's PID namespace.
    let process: Int32

    /// Tells another that this one holds the namespace already; gives the words.
    ///
    /// - Throws: `SystemError` of sendmsg(2).
    func refuse(_ newcomer: Holder) throws(SystemError) -> String {
        let words = "\(self) holds the server's namespace already"
        let answer = Status(component: .netnsAgent, fields: [.init("refused", words)])
        _ = try newcomer.channel.socket.offer(Message.status(answer).encoded())
        return words
    }
}

extension Holder: CustomStringConvertible {
    /// How people know it.
    var description: String { "'netns-agent hold' " + (process == 0 ? "in another container" : "(process \(process))") }
}

internal import Kernel
internal import Messages

/// The channels on which records come: the newest of each component, and older ones until they are read to the end.
struct RecordChannels {
    /// One end of a channel, which has a number of its own.
    final class Channel {
        let component: ComponentName
        let token: UInt64
        let socket: MessageSocket
        /// The acknowledgement that could not be sent yet; a later one replaces it.
        var owed: Acknowledgement?

        init(of component: ComponentName, token: UInt64, socket: consuming MessageSocket) {
            self.component = component
            self.token = token
            self.socket = socket
        }

        /// Gives `send` the acknowledgement that is owed; without room or memory it stays owed.
        ///
        /// - Throws: `SystemError` of `send` other than that memory is short; then nothing is owed any more.
        func acknowledge(by send: ([UInt8]) throws(SystemError) -> Bool) throws(SystemError) {
            guard let owed else { return }
            do {
                if try send(Message.acknowledgement(owed).encoded()) { self.owed = nil }
            } catch {
                guard !error.isShortage else { return }
                self.owed = nil
                throw error
            }
        }
    }

    /// Every channel that is open, the oldest first.
    private(set) var all: [Channel] = []
    private var nextToken: UInt64 = 0
    /// The components that ever had one.
    private var known: Set<ComponentName> = []
    /// A component that opens more loses what it sent on the oldest.
    private static let mostPerComponent = 4

    /// The components that have a channel.
    var components: [ComponentName] {
        ComponentName.allCases.filter { component in all.contains { $0.component == component } }
    }

    /// Whether every component that ever had a channel has one.
    var areComplete: Bool { components.count == known.count }

    /// The channel on which a component is answered.
    func newest(of component: ComponentName) -> Channel? {
        all.last { $0.component == component }
    }

    /// Whether a newer channel has taken the place of this one.
    func isReplaced(_ channel: Channel) -> Bool {
        newest(of: channel.component)?.token != channel.token
    }

    /// Adds a channel; returns the one that has to be closed for it, if there are too many.
    mutating func add(_ component: ComponentName, _ socket: consuming MessageSocket) -> (
        new: Channel, surplus: Channel?
    ) {
        let channel = Channel(of: component, token: nextToken, socket: socket)
        nextToken += 1
        all.append(channel)
        known.insert(component)
        let ofComponent = all.filter { $0.component == component }
        return (channel, ofComponent.count > Self.mostPerComponent ? ofComponent.first : nil)
    }

    /// Forgets a channel; it closes.
    mutating func remove(_ channel: Channel) {
        all.removeAll { $0.token == channel.token }
    }
}

internal import Kernel
internal import Messages

/// What a message in the recorder's inbox asks for.
enum Request: Hashable {
    /// To receive the records of a component on the channel that came with the message.
    case records(of: ComponentName)
    /// To send the recorder's status on the channel that came with the message.
    case status

    /// The request that `message` makes, or nothing if it is none: each request comes with one channel.
    init?(_ message: Message, with sockets: [PassedDescriptor.SocketKind?]) {
        guard sockets == [.channel] else { return nil }
        switch message {
        case .recordsFrom(let component) where component != .recorder: self = .records(of: component)
        case .statusRequest: self = .status
        default: return nil
        }
    }
}

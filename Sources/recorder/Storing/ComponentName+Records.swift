internal import Kernel
internal import Messages

extension ComponentName {
    /// Whose records will come on the channel that came with a message in the recorder's inbox; nothing when the message says
    /// nothing of that, or comes with anything but one channel.
    init?(recordsFrom message: Message, with sockets: [PassedDescriptor.SocketKind?]) {
        guard sockets == [.channel], case .recordsFrom(let component) = message, component != .recorder
        else { return nil }
        self = component
    }
}

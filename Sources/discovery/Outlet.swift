internal import Component
internal import Glibc
internal import Kernel
internal import Messages

/// Where the networks go: standard output, a socket, or both.
struct Outlet: ~Copyable {
    /// How they are printed, or nothing when they are not.
    private let format: Format?
    /// The path of the socket that they are sent to.
    let receiver: String?
    /// What it sends with; opened once, so that none has to be opened later.
    private let socket: MessageSocket
    private let output = Descriptor(owning: STDOUT_FILENO)

    /// Prints in this format, and sends to this socket.
    ///
    /// - Throws: `Failure` (70) when there can be no socket to send with.
    init(format: Format?, receiver: String?) throws(Failure) {
        self.format = format
        self.receiver = receiver
        do {
            socket = try MessageSocket()
        } catch {
            throw .software("prepare to send", error)
        }
    }

    /// Prints the networks, if they are printed at all.
    ///
    /// - Throws: `Failure` (69) when standard output does not take them.
    func print(_ networks: Networks) throws(Failure) {
        guard let format else { return }
        do {
            try output.write(Array(format.text(of: networks.networks).utf8))
        } catch {
            throw .unavailable("standard output: \(error)")
        }
    }

    /// Sends the networks, if they are sent at all, to somebody who must be there.
    ///
    /// - Throws: `Failure` (69) when nobody takes them.
    func deliver(_ networks: Networks) throws(Failure) {
        guard let receiver else { return }
        switch send(networks, to: receiver) {
        case .delivered: return
        case .nobody: throw .unavailable("nobody receives at \(receiver): start the receiver first, or add --watch")
        case .noRoom: throw .unavailable("no room at \(receiver): the receiver takes no messages; try again")
        case .refused(let reason): throw .unavailable(reason)
        }
    }

    /// Sends the networks as one datagram.
    func send(_ networks: Networks, to receiver: String) -> Delivery {
        do {
            return try socket.send(Message.networks(networks).encoded(), to: receiver) ? .delivered : .noRoom
        } catch {
            return [ENOENT, ECONNREFUSED].contains(error.code) ? .nobody : .refused("cannot \(error)")
        }
    }
}

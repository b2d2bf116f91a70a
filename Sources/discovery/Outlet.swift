internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Messages

/// Passes the networks on: to standard output, to a socket, or to both.
struct Outlet: ~Copyable {
    /// The format in which they are printed; nil if they are not printed.
    private let format: Format?
    /// The path of the socket that they are sent to; nil if they are not sent.
    let receiver: String?
    /// The socket that it sends from, opened once, because no socket can be opened later.
    private let socket: MessageSocket
    private let output = Descriptor(owning: STDOUT_FILENO)

    /// Makes an outlet that prints in this format and sends to this socket.
    ///
    /// - Throws: `Failure` (70) if no socket can be opened.
    init(format: Format?, receiver: String?) throws(Failure) {
        self.format = format
        self.receiver = receiver
        do {
            socket = try MessageSocket()
        } catch {
            throw .software("prepare to send", error)
        }
    }

    /// Prints the networks, if the outlet has a format.
    ///
    /// - Throws: `Failure` (69) if standard output does not take them.
    func print(_ networks: Networks) throws(Failure) {
        guard let format else { return }
        do {
            try output.write(Array(format.text(of: networks.networks).utf8))
        } catch {
            throw .unavailable("standard output: \(error)")
        }
    }

    /// Sends the networks, if the outlet has a receiver, who must be there.
    ///
    /// - Throws: `Failure` (69) if nobody takes them.
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
    ///
    /// - Parameter token: the end of a pipe that the receiver keeps as long as it needs to be told nothing new.
    func send(_ networks: Networks, to receiver: String, with token: Int32? = nil) -> Delivery {
        do {
            return try socket.send(
                Message.networks(networks).encoded(), to: receiver, passing: token.map { [$0] } ?? [])
                ? .delivered : .noRoom
        } catch {
            return [ENOENT, ECONNREFUSED].contains(error.code) ? .nobody : .refused("cannot \(error)")
        }
    }
}

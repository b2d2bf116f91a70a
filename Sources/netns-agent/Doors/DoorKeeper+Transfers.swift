import Doors
import Kernel
import Messages
import Service

/// TFTP: the server answers each transfer from another port, and so does the door (RFC 1350, section 4).
extension DoorKeeper {
    /// How long a server may take to answer, in microseconds.
    private static let patience: UInt64 = 5_000_000
    private static let transfersAtOnce = 32

    func takeTransfers(_ listener: DoorListener, _ poller: borrowing Poller, now: UInt64) throws(SystemError) {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            guard let arrival = try listener.socket.receive(capacity: 2_048) else { return }
            let client = arrival.sender
            // Who asks again is answered to the first question.
            guard let scene, client.port != 0, listener.transfers[client] == nil,
                listener.transfers.count < Self.transfersAtOnce, admits(client, listener, scene, now: now)
            else { continue }
            let transfer = DoorListener.Transfer(
                of: client, try inward(from: client, listener, in: scene, connecting: false), token: token(),
                deadline: now + Self.patience, length: arrival.bytes.count)
            transfer.socket.send(arrival.bytes, to: serverPlace(of: listener, in: scene))
            try poller.watch(transfer.socket.descriptor, for: .reading, token: transfer.token)
            listener.transfers[client] = transfer
        }
    }

    /// The server has answered, from a port that from now on is that of the transfer.
    func takeAnswer(
        _ transfer: DoorListener.Transfer, _ listener: DoorListener, _ poller: borrowing Poller, now: UInt64
    ) {
        do throws(SystemError) {
            guard let scene, let answer = try transfer.socket.receive(capacity: 1, leaving: true) else { return }
            try poller.forget(transfer.socket.descriptor)
            listener.transfers[transfer.client] = nil
            guard answer.sender.address == serverPlace(of: listener, in: scene).address else { return }
            try transfer.socket.connect(answer.sender)
            let near = try Self.socket(listener.use, nil)
            try near.bind(InternetPlace(listener.place.address, 0))
            try near.connect(transfer.client)
            hand(
                server: transfer.socket, peer: near, of: listener.use, with: transfer.client,
                sent: (transfer.length, 0), in: scene, now: now)
        } catch {
            listener.transfers[transfer.client] = nil
            fail(listener, error, now: now)
        }
    }
}

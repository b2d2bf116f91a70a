import Kernel
import Messages
import RootTesting
import Testing

@Suite("What proxy carries", .timeLimit(.minutes(1)), .asRoot)
struct FlowTests {
    @Test func `bytes go both ways, the end of each goes on, and both are counted`() throws {
        let proxy = try ProxyProcess()
        let namespace = try NetworkNamespace.withLoopback()
        let inside = try namespace.connection(port: 1_001)
        let outside = try namespace.connection(port: 1_002)
        try proxy.hand(7, .stream, server: inside.near, peer: outside.near)
        let server = inside.leaveNear()
        let peer = outside.leaveNear()
        peer.send(Array("question".utf8))
        #expect(try server.await() == Array("question".utf8))
        server.send(Array("answer!".utf8))
        #expect(try peer.await() == Array("answer!".utf8))
        _ = consume peer
        #expect(try server.await().isEmpty)
        _ = consume server
        #expect(
            try proxy.nextEnd()
                == FlowEnd(number: 7, bytesToServer: 8, bytesFromServer: 7, ending: .closed))
    }

    @Test func `a connection that is broken off is broken off on the other side`() throws {
        let proxy = try ProxyProcess()
        let namespace = try NetworkNamespace.withLoopback()
        let inside = try namespace.connection(port: 1_001)
        let outside = try namespace.connection(port: 1_002)
        try proxy.hand(7, .stream, server: inside.near, peer: outside.near)
        let server = inside.leaveNear()
        let peer = outside.leaveNear()
        peer.send([1])
        #expect(try server.await() == [1])
        server.reset()
        #expect(try proxy.nextEnd().ending == .resetByServer)
        #expect(becomesReady(peer.descriptor.rawValue))
        // What recvfrom(2) says of it is no arrival of anybody (`InternetSocket.receive`).
        #expect(try peer.receive()?.sender.port == 0)
    }

    @Test func `the flows of a server that has ended are broken off, and those of another stay`() throws {
        let proxy = try ProxyProcess()
        let namespace = try NetworkNamespace.withLoopback()
        let inside = try namespace.connection(port: 1_001)
        let outside = try namespace.connection(port: 1_002)
        try proxy.hand(7, .stream, server: inside.near, peer: outside.near)
        let server = inside.leaveNear()
        let peer = outside.leaveNear()
        _ = try proxy.control.send(Message.endFlows(start: 2).encoded())
        peer.send([1])
        #expect(try server.await() == [1])
        _ = try proxy.control.send(Message.endFlows(start: 1).encoded())
        #expect(try proxy.nextEnd().ending == .stopped)
    }

    @Test func `of datagrams the flow that was silent for longest makes room`() throws {
        let proxy = try ProxyProcess()
        let namespace = try NetworkNamespace.withLoopback()
        for number in UInt64(1)...3 {
            let pair = try namespace.datagramPair(port: UInt16(2_000 + 2 * number))
            try proxy.hand(number, .datagrams, server: pair.far, peer: pair.near)
        }
        let end = try proxy.nextEnd()
        #expect(end.number == 1 && end.ending == .displaced)
    }
}

extension NetworkNamespace {
    /// Both ends of a connection.
    fileprivate func connection(port: UInt16) throws -> SocketPair {
        try run { () throws(SystemError) in
            let listener = try InternetSocket(.stream)
            try listener.bind(InternetPlace(here, port))
            try listener.listen()
            let near = try InternetSocket(.stream)
            try near.connect(InternetPlace(here, port))
            guard let accepted = try listener.accept() else { throw SystemError("accept", code: 11) }
            return SocketPair(far: accepted.socket, near: near)
        }
    }

    /// Two sockets that send to nobody who is there.
    func datagramPair(port: UInt16) throws -> SocketPair {
        try run { () throws(SystemError) in
            let first = try InternetSocket(.datagrams)
            try first.bind(InternetPlace(here, port))
            try first.connect(InternetPlace(here, port + 1_000))
            let second = try InternetSocket(.datagrams)
            try second.bind(InternetPlace(here, port + 1))
            try second.connect(InternetPlace(here, port + 1_001))
            return SocketPair(far: first, near: second)
        }
    }
}

/// Two sockets, of which the second is for proxy.
struct SocketPair: ~Copyable {
    let far: InternetSocket
    let near: InternetSocket

    /// Keeps the first alone.
    consuming func leaveNear() -> InternetSocket { far }
}

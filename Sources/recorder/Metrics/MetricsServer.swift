internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PrintableText
internal import Reading

/// Answers `GET /metrics` over HTTP from the database, on a thread of its own.
///
/// It has a connection of its own to the database: the recorder never waits for it.
struct MetricsServer {
    /// What its thread needs to accept connections and answer.
    static let systemCalls: [SystemCall] = [
        "accept4", "getpeername", "getsockname", "getsockopt", "setsockopt", "shutdown", "writev", "read", "write",
        "close", "epoll_ctl", "epoll_wait", "timerfd_settime",
    ]

    private let listening: any NIOCore.Channel

    /// Listens at `address` until the process ends, and answers with the totals of `source`.
    ///
    /// Nobody is accepted before `begin`.
    ///
    /// Signals that the caller has blocked do not reach the new thread.
    ///
    /// - Throws: `Failure` when nobody can listen there.
    init(at address: ListeningAddress, of source: TotalsSource) throws(Failure) {
        let connections = Connections(source)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(MetricsHandler(connections))
                }
            }
        do {
            let socket = try SocketAddress(ipAddress: address.host, port: address.port)
            listening = try bootstrap.bind(to: socket).wait()
            let port = listening.localAddress?.port ?? address.port
            StandardErrorLog.logger(of: .recorder).info(
                "metrics at http://\(ListeningAddress(address.host, port))/metrics")
        } catch let error as IOError {
            throw .unavailable(
                "cannot serve metrics at \(address): \(SystemError("bind", code: error.errnoCode)); "
                    + "name another address or port")
        } catch {
            throw .unavailable("cannot serve metrics at \(address): \(error)")
        }
    }

    /// Begins to accept connections and to answer.
    ///
    /// - Throws: `Failure` when it listens no more.
    func begin() throws(Failure) {
        do {
            try listening.setOption(.autoRead, value: true).wait()
        } catch {
            throw Failure(.software, "cannot accept connections: \(error)")
        }
    }
}

/// The clients that are connected, the oldest first, and what they ask for; only ever used by the one thread that serves
/// them.
private final class Connections: @unchecked Sendable {
    /// With more the oldest has to go: descriptors are for the relay's records, and who holds a connection for nothing
    /// must not shut out who comes to ask.
    static let limit = 32
    private var all: [MetricsHandler] = []
    var source: TotalsSource

    init(_ source: TotalsSource) {
        self.source = source
    }

    func add(_ connection: MetricsHandler) {
        all.append(connection)
        if all.count > Self.limit { all[0].close() }
    }

    func remove(_ connection: MetricsHandler) {
        all.removeAll { $0 === connection }
    }
}

/// One connection.
private final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a client may take from one answer, or its connection, until it has read the next; it does not matter
    /// whether it says nothing meanwhile or a little at a time.
    private static let patience = TimeAmount.seconds(10)

    private let connections: Connections
    private var request: HTTPRequestHead?
    private var context: ChannelHandlerContext?
    private var deadline: Scheduled<Void>?

    init(_ connections: Connections) {
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
        renewDeadline(in: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.cancel()
        connections.remove(self)
    }

    /// Ends the connection, whatever it is at.
    func close() {
        context?.close(promise: nil)
    }

    private func renewDeadline(in context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { self.close() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = head
        case .body: break
        case .end:
            if let request { answer(request, in: context) }
        }
    }

    private func answer(_ request: HTTPRequestHead, in context: ChannelHandlerContext) {
        let answer = MetricsAnswer(method: request.method, uri: request.uri) { () throws(LeaseStoreError) in
            try connections.source.totals()
        }
        var body = ByteBuffer(string: answer.text)
        var headers = HTTPHeaders([
            ("content-type", answer.contentType), ("content-length", "\(body.readableBytes)"),
        ])
        if answer.status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
        if request.method == .HEAD { body.clear() }
        let head = HTTPResponseHead(version: request.version, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        written.assumeIsolated().whenSuccess {
            if request.isKeepAlive { self.renewDeadline(in: context) } else { self.close() }
        }
    }
}

/// What is said to a request.
struct MetricsAnswer {
    let status: HTTPResponseStatus
    let text: String
    var contentType = "text/plain; charset=utf-8"

    /// The answer to a request; `totals` is only asked for when it is about them.
    init(method: HTTPMethod, uri: String, totals: () throws(LeaseStoreError) -> RecordTotals) {
        guard [.GET, .HEAD].contains(method) else {
            (status, text) = (.methodNotAllowed, "only GET is answered\n")
            return
        }
        switch uri.prefix(while: { $0 != "?" }) {
        case "/metrics":
            do {
                text = try totals().exposition(at: Clock.realtime)
                status = .ok
                contentType = "text/plain; version=0.0.4; charset=utf-8"
            } catch {
                (status, text) = (.serviceUnavailable, String(printable: "\(error)") + "\n")
            }
        case "/": (status, text) = (.ok, "metrics of middle-sock for Prometheus are at /metrics\n")
        default: (status, text) = (.notFound, "there is only /metrics\n")
        }
    }
}

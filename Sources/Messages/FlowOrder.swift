/// What proxy is to do with the two sockets beside the message: the first is on the server's side, the second on the other.
public struct FlowOrder: Hashable, Sendable {
    /// The number of the flow, by which its end is told.
    public let number: UInt64
    /// The start of the server that it belongs to.
    public let start: UInt32
    /// Its door, of which there are no more flows than `limit`.
    public let door: UInt8
    /// Whether it is a connection.
    public let kind: FlowKind
    /// How many flows of this door there may be: of datagrams the one goes that was silent for longest.
    public let limit: UInt16
    /// How long it may be silent, in milliseconds; 0 for ever.
    public let idle: UInt32

    /// The order for one flow.
    public init(number: UInt64, start: UInt32, door: UInt8, kind: FlowKind, limit: UInt16, idle: UInt32) {
        self.number = number
        self.start = start
        self.door = door
        self.kind = kind
        self.limit = limit
        self.idle = idle
    }
}

/// What became of a flow.
public struct FlowEnd: Hashable, Sendable {
    /// The number of the flow.
    public let number: UInt64
    /// How many bytes went to the server.
    public let bytesToServer: UInt64
    /// How many bytes came from it.
    public let bytesFromServer: UInt64
    /// How it ended.
    public let ending: FlowEnding

    /// The end of a flow.
    public init(number: UInt64, bytesToServer: UInt64, bytesFromServer: UInt64, ending: FlowEnding) {
        self.number = number
        self.bytesToServer = bytesToServer
        self.bytesFromServer = bytesFromServer
        self.ending = ending
    }
}

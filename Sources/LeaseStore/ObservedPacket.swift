internal import Addresses
internal import Messages
internal import Packet

/// A packet that was seen, with what is read from its frame.
struct ObservedPacket: Hashable, Sendable {
    /// In microseconds since the Unix epoch.
    var capturedAt: Int64
    var interface: String
    var direction: Direction
    var verdict: Verdict
    /// The DHCP or BOOTP message in the frame, if there is one.
    var message: ObservedMessage?

    /// Reads the frame of `record`.
    ///
    /// What is no DHCP message is a packet without one.
    init(_ record: PacketRecord) {
        capturedAt = Int64(clamping: record.capturedAt)
        interface = record.interface.description
        direction = record.direction
        verdict = record.verdict
        message = ObservedMessage(frame: unsafe record.frame.span.bytes)
    }

    /// A packet with these values.
    init(
        capturedAt: Int64, interface: String, direction: Direction, verdict: Verdict = .forwarded,
        message: ObservedMessage?
    ) {
        self.capturedAt = capturedAt
        self.interface = interface
        self.direction = direction
        self.verdict = verdict
        self.message = message
    }
}

/// The fields of a DHCP message that the database has columns for.
///
/// 0.0.0.0 stands for "none" in DHCP and is nothing here.
struct ObservedMessage: Hashable, Sendable {
    var operation: DHCPOperation
    /// Nothing in a BOOTP message.
    var messageType: DHCPMessageType?
    var transactionIdentifier: UInt32 = 0
    var client = LeaseClient()
    var clientAddress: IPv4Address?
    var yourAddress: IPv4Address?
    var relayAddress: IPv4Address?
    var serverIdentifier: IPv4Address?
    var requestedAddress: IPv4Address?
    var leaseSeconds: UInt32?
    var hostName: String?
    /// Option 1; read only where an address is given.
    var subnetMask: IPv4Address?
    /// Whether an ACK grants at once what a DISCOVER asked for (option 80, RFC 4039); not read in other messages.
    var isRapidCommit = false
    /// What is wrong with it.
    var faults: MessageFaults = []

    /// Whether it is known to be BOOTP: of what has no type that could be read nobody knows what it is.
    var isBOOTP: Bool { messageType == nil && !faults.contains(.options) }

    /// A message without any of the fields.
    init(operation: DHCPOperation, messageType: DHCPMessageType?) {
        self.operation = operation
        self.messageType = messageType
    }

    /// The message in an Ethernet frame; nil if it holds none.
    init?(frame: RawSpan) {
        guard let message = DHCPMessage(frame: frame) else { return nil }
        self.init(message)
        faults = MessageFaults(of: message, in: frame)
    }

    /// The fields of `message`.
    private init(_ message: borrowing DHCPMessage) {
        operation = message.operation
        messageType = message.messageType
        transactionIdentifier = message.transactionIdentifier
        client = LeaseClient(
            hardwareType: message.hardwareType, hardwareAddress: Self.text(message.clientHardwareAddress))
        clientAddress = Self.address(message.clientAddress)
        yourAddress = Self.address(message.yourAddress)
        relayAddress = Self.address(message.relayAddress)
        read(MessageOptions(message))
    }

    private mutating func read(_ options: MessageOptions) {
        client.identifier = Self.text(options.clientIdentifier)
        serverIdentifier = Self.address(options.serverIdentifier.address)
        requestedAddress = Self.address(options.requestedAddress.address)
        leaseSeconds = options.leaseTime.number
        if operation == .reply, messageType == .ack || messageType == .offer || messageType == nil {
            isRapidCommit = options.hasRapidCommit
            subnetMask = Self.address(options.subnetMask.address)
        }
        if !options.hostName.isEmpty { hostName = String(escaping: Self.beginning(of: options.hostName)) }
    }

    /// The transaction identifier as `tcpdump` prints it: `0x3d1d5a4c`.
    var transactionText: String { String(hexadecimal: transactionIdentifier) }

    /// As much of a name as is kept; the frame has all.
    ///
    /// No name of a host is longer than 255 octets (RFC 1035, section 2.3.4), and a client could send a whole packet of it.
    private static func beginning(of name: [UInt8]) -> [UInt8] { Array(name.prefix(255)) }

    private static func address(_ address: IPv4Address?) -> IPv4Address? {
        address == .unspecified ? nil : address
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        bytes.isEmpty ? nil : String(hexadecimal: bytes)
    }
}

internal import CLinux

/// A program that the kernel runs on each frame to decide whether a packet socket sees it (classic BPF,
/// Documentation/networking/filter.rst).
///
/// It keeps away what certainly does not concern the relay, which still checks each frame that passes. Fragments other
/// than the first have no ports and never pass from a LAN; the first passes, so that it is counted.
public struct PacketFilter: Sendable {
    let instructions: [sock_filter]

    /// What may come from a LAN to a server: UDP to port 67, UDP from port 67 to 68 (other servers' replies, to tell
    /// of them), ARP requests for anybody, and for the host's own MAC address ARP replies and ICMP echo replies.
    ///
    /// - Parameter macAddress: the host's, in the lower 48 bits, first byte highest.
    public static func fromLAN(to macAddress: UInt64) -> PacketFilter {
        PacketFilter([
            .load(.half, at: Ethernet.type),
            .branch(if: UInt32(ETH_P_ARP), to: "arp"), .require(UInt32(ETH_P_IP)),
            .load(.half, at: IPv4.fragment), .refuse(anyOf: IPv4.fragmentOffset),
            .load(.byte, at: IPv4.protocol),
            .branch(if: UInt32(IPPROTO_ICMP), to: "icmp"), .require(UInt32(IPPROTO_UDP)),
            .skipIPv4Header,
            .loadBehindHeader(.half, at: UDP.destination), .branch(if: 67, to: "accept"), .require(68),
            .loadBehindHeader(.half, at: UDP.source), .require(67), .accept,
            .label("arp"), .load(.half, at: ARP.operation),
            .branch(if: UInt32(ARPOP_REQUEST), to: "accept"), .require(UInt32(ARPOP_REPLY)), .jump(to: "mine"),
            .label("icmp"), .skipIPv4Header, .loadBehindHeader(.byte, at: 0), .require(ICMP.echoReply),
            .label("mine"),
            .load(.word, at: 0), .require(UInt32(truncatingIfNeeded: macAddress >> 16)),
            .load(.half, at: 4), .require(UInt32(macAddress & 0xFFFF)),
            .label("accept"), .accept,
        ])
    }

    /// What may come from a server: everything, so that what it sends and does not pass is counted by what it is.
    public static let fromServer = PacketFilter([.accept])

    /// The same without what leads to a MAC address, which ends on the server's link.
    ///
    /// - Parameter macAddress: in the lower 48 bits, first byte highest.
    public static func fromServer(notTo macAddress: UInt64) -> PacketFilter {
        PacketFilter([
            .load(.word, at: 0), .branch(if: UInt32(truncatingIfNeeded: macAddress >> 16), to: "rest"), .accept,
            .label("rest"), .load(.half, at: 4), .refuseWhen(UInt32(macAddress & 0xFFFF)), .accept,
        ])
    }

    /// That a connection or a datagram was refused, on a socket that sees packets without their Ethernet header
    /// (`RefusalSocket`): RST with the number 0, which answers a first segment, and ICMP's "port unreachable".
    static let refusals = PacketFilter([
        .load(.byte, at: 0), .require(0x45), .load(.half, at: 6), .refuse(anyOf: IPv4.fragmentOffset),
        .load(.byte, at: 9), .branch(if: UInt32(IPPROTO_ICMP), to: "icmp"), .require(UInt32(IPPROTO_TCP)),
        .load(.word, at: 24), .require(0), .load(.byte, at: 33), .require(0x14), .accept,
        .label("icmp"), .load(.half, at: 20), .require(0x0303), .load(.byte, at: 28), .require(0x45),
        .load(.byte, at: 37), .require(UInt32(IPPROTO_UDP)), .accept,
    ])

    /// What DHCP servers send to clients: UDP from port 67 to port 68.
    public static let fromServersToClients = PacketFilter([
        .load(.half, at: Ethernet.type), .require(UInt32(ETH_P_IP)),
        .load(.half, at: IPv4.fragment), .refuse(anyOf: IPv4.fragmentOffset),
        .load(.byte, at: IPv4.protocol), .require(UInt32(IPPROTO_UDP)),
        .skipIPv4Header,
        .loadBehindHeader(.half, at: UDP.source), .require(67),
        .loadBehindHeader(.half, at: UDP.destination), .require(68), .accept,
    ])

    /// Nothing at all.
    public static let nothing = PacketFilter([])

    private init(_ steps: [Step]) {
        instructions = Step.assemble(steps)
    }

    /// Attaches the program to a socket, for good: it can be neither replaced nor removed afterwards.
    func lock(on socket: Int32) throws(SystemError) {
        try retrying("setsockopt SO_ATTACH_FILTER") {
            unsafe withProgram { program in
                let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
                return unsafe setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, size)
            }
        }
        try setSocketOption(socket, SOL_SOCKET, SO_LOCK_FILTER, to: 1)
    }

    /// Calls `body` with the program as the kernel takes it.
    func withProgram<Result>(_ body: (UnsafeMutablePointer<sock_fprog>) -> Result) -> Result {
        var program = instructions
        let count = UInt16(program.count)
        return unsafe program.withUnsafeMutableBufferPointer { buffer in
            var description = unsafe sock_fprog(len: count, filter: buffer.baseAddress)
            return unsafe body(&description)
        }
    }

    private enum Ethernet { static let type: UInt32 = 12 }
    private enum ARP { static let operation: UInt32 = 20 }
    private enum IPv4 {
        static let fragment: UInt32 = 20
        static let fragmentOffset: UInt32 = 0x1FFF
        static let `protocol`: UInt32 = 23
    }
    private enum UDP {
        static let source: UInt32 = 0
        static let destination: UInt32 = 2
    }
    private enum ICMP {
        static let echoReply: UInt32 = 0
    }
}

/// A step of a filter: one instruction, or a label, which is no instruction.
private enum Step {
    enum Size: Int32 {
        case word = 0x00
        case half = 0x08
        case byte = 0x10
    }

    case load(Size, at: UInt32)
    case skipIPv4Header
    case loadBehindHeader(Size, at: UInt32)
    case branch(if: UInt32, to: String)
    case require(UInt32)
    case refuse(anyOf: UInt32)
    case refuseWhen(UInt32)
    case jump(to: String)
    case label(String)
    case accept

    /// Ends with the instruction that refuses the frame, to which every failed requirement jumps.
    static func assemble(_ steps: [Step]) -> [sock_filter] {
        var labels: [String: Int] = [:]
        var count = 0
        for step in steps {
            if case .label(let name) = step { labels[name] = count } else { count += 1 }
        }
        var instructions: [sock_filter] = []
        for step in steps {
            let next = instructions.count + 1
            let distance = { (name: String) in UInt8(labels[name, default: count] - next) }
            guard let instruction = step.instruction(toEnd: UInt8(count - next), distance) else { continue }
            instructions.append(instruction)
        }
        return instructions + [Self.instruction(BPF_RET | BPF_K, 0)]
    }

    private func instruction(toEnd: @autoclosure () -> UInt8, _ distance: (String) -> UInt8) -> sock_filter? {
        switch self {
        case .load(let size, let offset): Self.instruction(BPF_LD | BPF_ABS | size.rawValue, offset)
        case .skipIPv4Header: Self.instruction(BPF_LDX | BPF_B | BPF_MSH, UInt32(ETH_HLEN))
        case .loadBehindHeader(let size, let offset):
            Self.instruction(BPF_LD | BPF_IND | size.rawValue, UInt32(ETH_HLEN) + offset)
        case .branch(let value, let label): Self.instruction(BPF_JMP | BPF_JEQ, value, distance(label), 0)
        case .require(let value): Self.instruction(BPF_JMP | BPF_JEQ, value, 0, toEnd())
        case .refuse(let bits): Self.instruction(BPF_JMP | BPF_JSET, bits, toEnd(), 0)
        case .refuseWhen(let value): Self.instruction(BPF_JMP | BPF_JEQ, value, toEnd(), 0)
        case .jump(let label): Self.instruction(BPF_JMP | BPF_JA, UInt32(distance(label)))
        case .accept: Self.instruction(BPF_RET | BPF_K, .max)
        case .label: nil
        }
    }

    private static func instruction(
        _ code: Int32, _ value: UInt32, _ then: UInt8 = 0, _ otherwise: UInt8 = 0
    ) -> sock_filter {
        sock_filter(code: UInt16(code), jt: then, jf: otherwise, k: value)
    }
}

internal import Addresses
internal import CLinux
internal import CMnl

/// A message from the kernel: `struct nlmsghdr` and what follows it (linux/netlink.h).
struct NetlinkMessage {
    /// What it is, such as `RTM_NEWLINK`.
    let type: Int
    /// The request that it answers.
    let sequence: UInt32
    /// As many as the message says it has.
    private let bytes: [UInt8]

    /// The first message of a datagram; nothing when it does not hold what it says.
    init?(_ datagram: [UInt8]) {
        let header = unsafe datagram.withUnsafeBytes { buffer -> nlmsghdr? in
            guard let message = unsafe Self.header(of: buffer), unsafe mnl_nlmsg_ok(message, Int32(buffer.count)) else {
                return nil
            }
            return unsafe message.pointee
        }
        guard let header else { return nil }
        type = Int(header.nlmsg_type)
        sequence = header.nlmsg_seq
        isInterrupted = header.nlmsg_flags & UInt16(NLM_F_DUMP_INTR) != 0
        bytes = [UInt8](datagram.prefix(Int(header.nlmsg_len)))
    }

    /// All messages of a datagram; what follows one that does not hold what it says is left out.
    static func all(in datagram: [UInt8]) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = datagram[...]
        while let message = NetlinkMessage([UInt8](rest)) {
            messages.append(message)
            let padding = Int(NLMSG_ALIGNTO) - 1
            rest = rest.dropFirst((message.bytes.count + padding) & ~padding)
        }
        return messages
    }

    /// Whether it is the end of a dump (`NLMSG_DONE`).
    var isEnd: Bool { type == Int(NLMSG_DONE) }

    /// Whether what a dump tells of changed while it was made (`NLM_F_DUMP_INTR`).
    let isInterrupted: Bool

    /// 0 when the request was carried out, an error number when not (`struct nlmsgerr`); nothing when it is no such answer.
    var errorNumber: Int32? {
        guard type == Int(NLMSG_ERROR), let negative = content(as: Int32.self) else { return nil }
        return -negative
    }

    /// The structure that it begins with; nothing when it is shorter.
    func content<Content: BitwiseCopyable>(as type: Content.Type) -> Content? {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let message = unsafe Self.header(of: buffer),
                unsafe mnl_nlmsg_get_payload_len(message) >= MemoryLayout<Content>.size
            else { return nil }
            return unsafe mnl_nlmsg_get_payload(message)?.loadUnaligned(as: Content.self)
        }
    }

    /// What the first attribute of this type holds, behind a structure of that size.
    func attribute(_ type: Int, behind size: Int) -> [UInt8]? {
        unsafe bytes.withUnsafeBytes { buffer in
            let begin = MemoryLayout<nlmsghdr>.size + (size + Int(NLMSG_ALIGNTO) - 1) & ~(Int(NLMSG_ALIGNTO) - 1)
            guard begin <= buffer.count else { return nil }
            return unsafe AttributeList.content(of: type, in: UnsafeRawBufferPointer(rebasing: buffer[begin...]))
        }
    }

    /// The number that the first attribute of this type holds.
    func number(_ type: Int, behind size: Int) -> UInt32? {
        guard let content = attribute(type, behind: size), content.count == 4 else { return nil }
        return unsafe content.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt32.self) }
    }

    /// The address that the first attribute of this type holds.
    func address(_ type: Int, behind size: Int) -> IPv4Address? {
        number(type, behind: size).map { IPv4Address(rawValue: UInt32(bigEndian: $0)) }
    }

    /// The text, which ends with a NUL, that the first attribute of this type holds.
    func text(_ type: Int, behind size: Int) -> String? {
        guard let content = attribute(type, behind: size), content.last == 0 else { return nil }
        return String(validating: content.dropLast(), as: UTF8.self)
    }

    private static func header(of buffer: UnsafeRawBufferPointer) -> UnsafePointer<nlmsghdr>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: nlmsghdr.self)
    }
}

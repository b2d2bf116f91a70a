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
        bytes = [UInt8](datagram.prefix(Int(header.nlmsg_len)))
    }

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
            guard let start = buffer.baseAddress, let message = unsafe Self.header(of: buffer) else {
                return nil
            }
            let end = unsafe start + buffer.count
            var place = unsafe UnsafeRawPointer(mnl_nlmsg_get_payload_offset(message, size))
            while let here = unsafe place {
                let attribute = unsafe here.assumingMemoryBound(to: nlattr.self)
                guard unsafe mnl_attr_ok(attribute, Int32(end - here)) else { return nil }
                guard unsafe Int(mnl_attr_get_type(attribute)) != type else {
                    let length = unsafe Int(mnl_attr_get_payload_len(attribute))
                    return unsafe [UInt8](
                        UnsafeRawBufferPointer(start: mnl_attr_get_payload(attribute), count: length))
                }
                unsafe place = UnsafeRawPointer(mnl_attr_next(attribute))
            }
            return nil
        }
    }

    private static func header(of buffer: UnsafeRawBufferPointer) -> UnsafePointer<nlmsghdr>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: nlmsghdr.self)
    }
}

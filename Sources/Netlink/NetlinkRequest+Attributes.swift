internal import Addresses
internal import CLinux
internal import CMnl

extension NetlinkRequest {
    /// The attributes of a request that is being made, with room enough for each of ours.
    @safe
    struct Attributes {
        private let message: UnsafeMutablePointer<nlmsghdr>
        private let capacity: Int

        /// Begins a request in this room, which must stay where it is.
        init(of type: Int32, flags: Int32, in room: UnsafeMutableRawBufferPointer) {
            guard room.count >= MemoryLayout<nlmsghdr>.size, let message = unsafe mnl_nlmsg_put_header(room.baseAddress)
            else { Self.refuse() }
            unsafe message.pointee.nlmsg_type = UInt16(type)
            unsafe message.pointee.nlmsg_flags = UInt16(flags)
            unsafe self.message = message
            capacity = room.count
        }

        /// Of the request so far, in bytes.
        var length: Int { unsafe Int(message.pointee.nlmsg_len) }

        func add(_ type: Int, text: String) {
            require(unsafe mnl_attr_put_strz_check(message, capacity, UInt16(type), text))
        }

        func add(_ type: Int, number: UInt32) {
            require(unsafe mnl_attr_put_u32_check(message, capacity, UInt16(type), number))
        }

        func add(_ type: Int, address: IPv4Address) {
            add(type, number: address.rawValue.bigEndian)
        }

        func add(_ type: Int, bytes: [UInt8]) {
            require(unsafe mnl_attr_put_check(message, capacity, UInt16(type), bytes.count, bytes))
        }

        /// The structure that a request, or a nest as `VETH_INFO_PEER` (drivers/net/veth.c), begins with.
        ///
        /// Of all that libmnl puts into a message only this has no variant that looks whether there is room.
        func begin<Header: BitwiseCopyable>(with header: Header) {
            let size = MemoryLayout<Header>.size
            require(capacity - length >= (size + Int(NLMSG_ALIGNTO) - 1) & ~(Int(NLMSG_ALIGNTO) - 1))
            unsafe mnl_nlmsg_put_extra_header(message, size)?.storeBytes(of: header, as: Header.self)
        }

        func nest(_ type: Int, _ body: (Attributes) -> Void) {
            guard let start = unsafe mnl_attr_nest_start_check(message, capacity, UInt16(type)) else { Self.refuse() }
            body(self)
            unsafe mnl_attr_nest_end(message, start)
        }

        private func require(_ hadRoom: Bool) {
            guard hadRoom else { Self.refuse() }
        }

        private static func refuse() -> Never { fatalError("a request is too long") }
    }
}

/// The name of a network interface, as the kernel accepts it.
public struct InterfaceName: Hashable, Sendable {
    /// The longest name in bytes: `IFNAMSIZ` (linux/if.h) counts the final NUL.
    public static let maximumLength = 15

    private let name: String
    /// The name with NULs behind it, in 16 bytes, as `ifr_name` has it (netdevice(7)).
    public let field: Field

    /// The bytes of a name, the first ones in the highest bits.
    public struct Field: Hashable, Sendable {
        /// The first eight bytes.
        public let first: UInt64
        /// The last eight bytes.
        public let last: UInt64

        /// The 16 bytes in two numbers.
        public init(first: UInt64, last: UInt64) {
            (self.first, self.last) = (first, last)
        }
    }

    /// Makes a name; nil if the kernel would refuse it (`dev_valid_name`, net/core/dev.c).
    ///
    /// The kernel refuses a name that is empty, longer than 15 bytes, `.` or `..`, and one that contains a slash, a
    /// colon, white space or a NUL.
    public init?(_ name: String) {
        guard (1...Self.maximumLength).contains(name.utf8.count), name != ".", name != "..",
            !name.utf8.contains(where: Self.isForbidden)
        else { return nil }
        self.name = name
        field = Field(name)
    }

    /// What stands for all interfaces where one can be named: the kernel has no interface called so
    /// (`sysctl_dev_name_is_allowed`, net/ipv4/devinet.c).
    public static let all = InterfaceName(known: "all")

    private init(known name: String) {
        self.name = name
        field = Field(name)
    }

    private static func isForbidden(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: ":"), 0, 0x20, 0x09...0x0D, 0xA0: true
        default: false
        }
    }
}

extension InterfaceName.Field {
    fileprivate init(_ name: String) {
        var (first, last): (UInt64, UInt64) = (0, 0)
        var place = 0
        for byte in name.utf8 {
            let bits = UInt64(byte) << UInt64(56 - 8 * (place % 8))
            if place < 8 { first |= bits } else { last |= bits }
            place += 1
        }
        self.init(first: first, last: last)
    }
}

extension InterfaceName: Comparable, CustomStringConvertible {
    /// The name itself.
    public var description: String { name }

    /// Orders names as text.
    public static func < (left: InterfaceName, right: InterfaceName) -> Bool {
        left.name < right.name
    }
}

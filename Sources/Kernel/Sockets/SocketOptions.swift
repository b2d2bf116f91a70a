internal import CLinux

/// Sets an option of a socket whose value is a number.
func setSocketOption(
    _ socket: Int32, _ level: Int32, _ option: Int32, to value: Int32
) throws(SystemError) {
    try setSocketOption(socket, level, option, toStructure: value)
}

/// Sets an option of a socket whose value is a C structure.
func setSocketOption<Value: BitwiseCopyable>(
    _ socket: Int32, _ level: Int32, _ option: Int32, toStructure value: Value
) throws(SystemError) {
    var value = value
    let size = socklen_t(MemoryLayout<Value>.size)
    try retrying("setsockopt \(option)") { unsafe setsockopt(socket, level, option, &value, size) }
}

/// Reads an option of a socket whose value is a number.
func socketOption(_ socket: Int32, _ level: Int32, _ option: Int32) throws(SystemError) -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    try retrying("getsockopt \(option)") { unsafe getsockopt(socket, level, option, &value, &size) }
    return value
}

/// Sets the size of a buffer beyond the limit for everybody, or up to it where the privilege is missing.
func setBuffer(
    of socket: Int32, _ forced: Int32, otherwise limited: Int32, to capacity: Int32
) throws(SystemError) {
    do {
        try setSocketOption(socket, SOL_SOCKET, forced, to: capacity)
    } catch {
        guard error.code == EPERM else { throw error }
        try setSocketOption(socket, SOL_SOCKET, limited, to: capacity)
    }
}

/// Gives a socket its address, a C structure of the socket's family.
func bindSocket<Address: BitwiseCopyable>(
    _ socket: Int32, to address: Address, _ call: @autoclosure () -> String
) throws(SystemError) {
    var address = address
    let size = socklen_t(MemoryLayout<Address>.size)
    try retrying(call()) {
        unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(socket, __CONST_SOCKADDR_ARG(__sockaddr__: address), size)
            }
        }
    }
}

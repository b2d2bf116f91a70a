internal import Addresses

extension InterfaceAddress {
    init(reading reader: inout FieldReader) throws(MessageError) {
        let address = try reader.address()
        let prefixLength = try reader.integer(UInt8.self)
        let peer = try reader.address()
        let broadcast = try reader.optionalAddress()
        let scope = try reader.integer(UInt8.self)
        let flags = Flags(rawValue: try reader.integer(UInt8.self))
        let metric = try reader.integer(UInt32.self)
        let read = InterfaceAddress(
            address, prefixLength: prefixLength, peer: peer, broadcast: broadcast, scope: scope, flags: flags,
            metric: metric, label: try reader.text("label"))
        guard let read else { throw .invalidField("address") }
        self = read
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(address.rawValue)
        bytes.append(prefixLength)
        bytes.appendInteger(peer.rawValue)
        bytes.appendInteger((broadcast ?? .unspecified).rawValue)
        bytes.append(scope)
        bytes.append(flags.rawValue)
        bytes.appendInteger(metric)
        bytes.appendText(label)
    }
}

extension InterfaceRoute {
    init(reading reader: inout FieldReader) throws(MessageError) {
        let destination = try reader.network("destination")
        guard let kind = Kind(rawValue: try reader.integer(UInt8.self)) else { throw .invalidField("kind of route") }
        let typeOfService = try reader.integer(UInt8.self)
        let origin = try reader.integer(UInt8.self)
        let scope = try reader.integer(UInt8.self)
        let metric = try reader.integer(UInt32.self)
        let source = try reader.optionalAddress()
        let mtu = try reader.integer(UInt32.self)
        var nextHops: [NextHop] = []
        for _ in 0..<(try reader.integer(UInt8.self)) { nextHops.append(try NextHop(reading: &reader)) }
        let read = InterfaceRoute(
            to: destination, kind, typeOfService: typeOfService, origin: origin, scope: scope, metric: metric,
            source: source, mtu: mtu, nextHops: nextHops)
        guard let read else { throw .invalidField("route") }
        self = read
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger(destination.address.rawValue)
        bytes.append(destination.prefixLength)
        bytes += [kind.rawValue, typeOfService, origin, scope]
        bytes.appendInteger(metric)
        bytes.appendInteger((source ?? .unspecified).rawValue)
        bytes.appendInteger(mtu)
        bytes.append(UInt8(nextHops.count))
        for nextHop in nextHops { nextHop.write(to: &bytes) }
    }
}

extension InterfaceRoute.NextHop {
    init(reading reader: inout FieldReader) throws(MessageError) {
        let gateway = try reader.optionalAddress()
        let isOnLink = try reader.boolean("on link")
        self.init(gateway: gateway, isOnLink: isOnLink, weight: try reader.integer(UInt8.self))
    }

    func write(to bytes: inout [UInt8]) {
        bytes.appendInteger((gateway ?? .unspecified).rawValue)
        bytes.appendBoolean(isOnLink)
        bytes.append(weight)
    }
}

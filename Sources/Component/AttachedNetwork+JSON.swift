public import Addresses

extension AttachedNetwork {
    /// An object with its members in the order that is documented.
    public var json: String {
        let gateway = gateway.map { JSONText.quoted("\($0)") } ?? "null"
        return """
            {"interface":\(JSONText.quoted("\(interface)")),"address":"\(address)","prefixLength":\(network.prefixLength),\
            "network":"\(network)","gateway":\(gateway)}
            """
    }
}

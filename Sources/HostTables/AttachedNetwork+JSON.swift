public import Addresses
internal import PrintableText

extension AttachedNetwork {
    /// A JSON object, with its members in the documented order.
    ///
    /// If the interface has no address, all other members are null.
    public var json: String {
        guard hasAddress else {
            let interface = JSONText.quoted("\(interface)")
            return #"{"interface":\#(interface),"address":null,"prefixLength":null,"network":null,"gateway":null}"#
        }
        let gateway = gateway.map { JSONText.quoted("\($0)") } ?? "null"
        return """
            {"interface":\(JSONText.quoted("\(interface)")),"address":"\(address)","prefixLength":\(network.prefixLength),\
            "network":"\(network)","gateway":\(gateway)}
            """
    }
}

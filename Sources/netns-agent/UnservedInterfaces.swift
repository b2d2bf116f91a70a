import Addresses
import Messages
import Netlink

/// The Ethernet interfaces that have an address and are not served, and why.
struct UnservedInterfaces {
    /// Each with its first address.
    let interfaces: [(name: InterfaceName, address: InterfaceAddress)]
    let selection: Networks.Selection

    /// Those of a host beside the ones that are served.
    init(beside served: [InterfaceName], in view: HostView, selection: Networks.Selection) {
        self.selection = selection
        interfaces = view.interfaces.compactMap { interface in
            guard let name = interface.name, interface.isUp, interface.macAddress != nil, !served.contains(name),
                let address = view.addresses(of: name).first
            else { return nil }
            return (name, address)
        }
    }

    /// One line for people: which, why, and what to do; nothing where there are none.
    var words: String? {
        guard !interfaces.isEmpty else { return nil }
        let list = interfaces.map { "\($0.name) \($0.address)" }.joined(separator: ", ")
        let advice = interfaces.map { "'--interface \($0.name)'" }.joined(separator: ", ")
        switch selection {
        case .withGateway:
            return "not served: \(list): no default route leads there; \(advice) or '--interface all' serves it"
        case .named: return "not served: \(list): not among the interfaces that were named; \(advice) serves it too"
        case .all: return "not served: \(list): discovery finds no network there"
        }
    }
}

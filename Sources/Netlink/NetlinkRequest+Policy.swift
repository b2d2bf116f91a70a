public import Addresses
internal import CLinux
internal import CMnl

/// Which routes are looked at, and where they lead: rules, tables of their own, neighbours.
extension NetlinkRequest {
    /// What a rule is about.
    public enum Traffic: Hashable, Sendable {
        /// What comes in by an interface.
        case from(InterfaceName)
        /// A protocol above IP, by its number (`IPPROTO_TCP`).
        case `protocol`(UInt8)
        /// A protocol above IP, from this port.
        case port(UInt8, UInt16)
    }

    /// What a rule does.
    public enum Decision: Hashable, Sendable {
        /// The routes of a table are looked at.
        case table(UInt32)
        /// The rules between are left out.
        case goTo(UInt32)
    }

    /// The priority of the rule that looks at the table `main`.
    public static let mainRule: UInt32 = 32_766

    /// Adds a rule (ip-rule(8)); the one with the lowest priority is asked first.
    public static func rule(_ traffic: Traffic, _ decision: Decision, priority: UInt32) -> NetlinkRequest {
        var header = fib_rule_hdr()
        header.family = UInt8(AF_INET)
        header.action = UInt8(decision.isTable ? FR_ACT_TO_TBL : FR_ACT_GOTO)
        let flags = NLM_F_CREATE | NLM_F_EXCL
        return NetlinkRequest("add the rule \(priority)", RTM_NEWRULE, flags: flags, header) { attributes in
            attributes.add(Int(FRA_PRIORITY), number: priority)
            switch traffic {
            case .from(let name): attributes.add(Int(FRA_IIFNAME), text: name.description)
            case .protocol(let number): attributes.add(Int(FRA_IP_PROTO), bytes: [number])
            case .port(let number, let port):
                attributes.add(Int(FRA_IP_PROTO), bytes: [number])
                let range = fib_rule_port_range(start: port, end: port)
                attributes.add(
                    Int(FRA_SPORT_RANGE), bytes: unsafe withUnsafeBytes(of: range) { unsafe [UInt8]($0) })
            }
            switch decision {
            case .table(let table): attributes.add(Int(FRA_TABLE), number: table)
            case .goTo(let priority): attributes.add(Int(FRA_GOTO), number: priority)
            }
        }
    }

    /// Has everything that a table is asked for go to a router on an interface, whatever the addresses there say.
    ///
    /// - Parameters:
    ///   - table: `main` where nothing is given.
    ///   - source: the address that is sent from, where the sender has chosen none.
    ///   - metric: of several such routes the one with the lowest is taken.
    public static func everything(
        to router: IPv4Address, on index: Int32, from source: IPv4Address? = nil, table: UInt32? = nil,
        metric: UInt32 = 0
    ) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_protocol = UInt8(RTPROT_STATIC)
        header.rtm_scope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
        header.rtm_type = UInt8(RTN_UNICAST)
        header.rtm_flags = UInt32(RTNH_F_ONLINK)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        return NetlinkRequest("send everything to \(router)", RTM_NEWROUTE, flags: flags, header) { attributes in
            attributes.add(Int(RTA_TABLE.rawValue), number: table ?? UInt32(RT_TABLE_MAIN.rawValue))
            attributes.add(Int(RTA_GATEWAY.rawValue), address: router)
            attributes.add(Int(RTA_OIF.rawValue), number: UInt32(index))
            if metric != 0 { attributes.add(Int(RTA_PRIORITY.rawValue), number: metric) }
            if let source { attributes.add(Int(RTA_PREFSRC.rawValue), address: source) }
        }
    }

    /// The table of the addresses that are own ones.
    public static let localTable = UInt32(RT_TABLE_LOCAL.rawValue)

    /// Makes each address an own one, as the table of these has it (`__ip_dev_find`, net/ipv4/devinet.c).
    public static func everythingHere(on index: Int32) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_table = UInt8(RT_TABLE_LOCAL.rawValue)
        header.rtm_protocol = UInt8(RTPROT_STATIC)
        header.rtm_scope = UInt8(RT_SCOPE_HOST.rawValue)
        header.rtm_type = UInt8(RTN_LOCAL)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        return NetlinkRequest("take everything", RTM_NEWROUTE, flags: flags, header) { attributes in
            attributes.add(Int(RTA_OIF.rawValue), number: UInt32(index))
        }
    }

    /// Makes one address not an own one, whatever others are.
    public static func notOwn(_ address: IPv4Address, on index: Int32) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_dst_len = 32
        header.rtm_table = UInt8(RT_TABLE_LOCAL.rawValue)
        header.rtm_protocol = UInt8(RTPROT_STATIC)
        header.rtm_scope = UInt8(RT_SCOPE_LINK.rawValue)
        header.rtm_type = UInt8(RTN_UNICAST)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        return NetlinkRequest("leave out \(address)", RTM_NEWROUTE, flags: flags, header) { attributes in
            attributes.add(Int(RTA_DST.rawValue), address: address)
            attributes.add(Int(RTA_OIF.rawValue), number: UInt32(index))
        }
    }

    /// Removes the rule by which the table of own addresses is asked first, whatever it is about.
    public static var withoutLocalRule: NetlinkRequest {
        var header = fib_rule_hdr()
        header.family = UInt8(AF_INET)
        header.action = UInt8(FR_ACT_TO_TBL)
        header.table = UInt8(RT_TABLE_LOCAL.rawValue)
        return NetlinkRequest("remove the rule 0", RTM_DELRULE, flags: 0, header) { attributes in
            attributes.add(Int(FRA_PRIORITY), number: 0)
        }
    }

    /// Has frames for an address go to a MAC address, of which nobody is asked.
    public static func neighbour(
        _ address: IPv4Address, _ macAddress: MACAddress, on index: Int32
    ) -> NetlinkRequest {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_INET)
        header.ndm_ifindex = index
        header.ndm_state = UInt16(NUD_PERMANENT)
        let flags = NLM_F_CREATE | NLM_F_REPLACE
        return NetlinkRequest("make \(address) a neighbour", RTM_NEWNEIGH, flags: flags, header) { attributes in
            attributes.add(Int(NDA_DST), address: address)
            attributes.add(Int(NDA_LLADDR), bytes: macAddress.bytes)
        }
    }

    /// Has the interface with this number answer nobody who asks for an address, ask nobody, and pass nothing on.
    public static func withoutARPAndForwarding(_ index: Int32) -> NetlinkRequest {
        var header = ifinfomsg()
        header.ifi_index = index
        header.ifi_flags = UInt32(IFF_NOARP)
        header.ifi_change = UInt32(IFF_NOARP)
        return NetlinkRequest("take ARP from interface \(index)", RTM_NEWLINK, flags: 0, header) { attributes in
            attributes.nest(IFLA_AF_SPEC) { families in
                families.nest(Int(AF_INET)) { family in
                    family.nest(IFLA_INET_CONF) { $0.add(IPV4_DEVCONF_FORWARDING, number: 0) }
                }
            }
        }
    }
}

extension NetlinkRequest.Decision {
    fileprivate var isTable: Bool {
        if case .table = self { true } else { false }
    }
}

import Addresses
import Diagnostics
import Testing

@testable import netns_agent

@Suite("Where the container itself is")
struct ContainerNetworkTests {
    private static let header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    // As docker 20.10 leaves them in a container of its default bridge.
    private static let routes =
        header + "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        + "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    private static let addresses = """
        Main:
          +-- 172.17.0.0/16 2 0 2
             |-- 172.17.0.0
                /16 link UNICAST
        Local:
          +-- 172.17.0.0/16 2 0 2
             |-- 172.17.0.3
                /32 host LOCAL

        """

    private func find(_ routes: String, _ addresses: String) throws(Failure) -> AttachedNetwork {
        try ContainerNetwork.find(routes: Array(routes.utf8), addresses: Array(addresses.utf8))
    }

    @Test func `it is the network of the default route, whose gateway is the runtime`() throws {
        let network = try find(Self.routes, Self.addresses)
        #expect(network.description == "eth0 172.17.0.3/16 via 172.17.0.1")
    }

    @Test(arguments: ["", header, "nonsense\n"])
    func `without a default route something is missing, and it says for what`(routes: String) {
        let failure = #expect(throws: Failure.self) { try find(routes, Self.addresses) }
        #expect(failure?.status == .unavailable && failure?.message.contains("'runtime'") == true)
    }
}

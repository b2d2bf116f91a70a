import Addresses
import Testing

@testable import HostCheck

@Suite("The walk through the rules of a chain")
struct RuleWalkTests {
    private static let match67 =
        #"{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":67}}"#
    private static let tcp = #"{"match":{"op":"!=","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":80}}"#
    private static let unknown = #"{"match":{"op":"==","left":{"ct":{"key":"state"}},"right":"new"}}"#

    /// What becomes of requests in a chain of these rules; `called` are the rules of a second chain.
    private func outcome(
        _ rules: [String], called: [String] = [], policy: String = "accept"
    ) throws -> RuleWalk.Outcome {
        func rule(_ chain: String, _ expressions: String, _ handle: Int) -> String {
            #"{"rule":{"family":"bridge","table":"t","chain":"\#(chain)","handle":\#(handle),"expr":[\#(expressions)]}}"#
        }
        let objects =
            [
                #"{"chain":{"family":"bridge","table":"t","name":"base","hook":"input","policy":"\#(policy)"}}"#,
                #"{"chain":{"family":"bridge","table":"t","name":"called"}}"#,
            ] + rules.enumerated().map { rule("base", $1, $0 + 1) }
            + called.enumerated().map { rule("called", $1, $0 + 101) }
        let text = #"{"nftables":[\#(objects.joined(separator: ","))]}"#
        let ruleset = try #require(JSONValue(Array(text.utf8)).flatMap { Ruleset($0) })
        return RuleWalk(ruleset: ruleset, flow: .requests(on: nil)).outcome(of: ruleset.chains[0])
    }

    @Test func `the first rule that decides decides`() throws {
        #expect(try outcome([#"{"drop":null}"#]).isCertainDrop)
        #expect(try outcome([#"{"accept":null}"#, #"{"drop":null}"#]) == .init(canPass: true))
        #expect(try outcome([Self.match67 + #",{"counter":{"packets":1,"bytes":2}},{"drop":null}"#]).isCertainDrop)
        #expect(try outcome([Self.tcp + #",{"drop":null}"#]) == .init(canFallThrough: true))
    }

    @Test func `what depends on something unknown goes both ways`() throws {
        let outcome = try outcome([Self.unknown + #",{"drop":null}"#])
        #expect(outcome == .init(drops: ["rule 1 of chain bridge t base"], canFallThrough: true))
        #expect(!outcome.isCertainDrop)
        #expect(try self.outcome([Self.unknown + #",{"accept":null}"#, #"{"drop":null}"#]).canPass)
    }

    @Test func `a policy drops what no rule decides`() throws {
        #expect(
            try outcome([Self.tcp + #",{"accept":null}"#], policy: "drop")
                == .init(drops: ["the policy of chain bridge t base"]))
        #expect(try outcome([Self.match67 + #",{"accept":null}"#], policy: "drop") == .init(canPass: true))
    }

    @Test func `those that come back from a jump go on, those from a goto do not`() throws {
        let jump = #"{"jump":{"target":"called"}}"#
        let goto = #"{"goto":{"target":"called"}}"#
        let drop = #"{"drop":null}"#
        #expect(try outcome([jump, drop], called: [#"{"return":null}"#]).isCertainDrop)
        #expect(try outcome([goto, drop], called: [#"{"return":null}"#]) == .init(canFallThrough: true))
        #expect(try outcome([jump, drop], called: [#"{"accept":null}"#]) == .init(canPass: true))
        let half = try outcome([jump], called: [Self.unknown + "," + drop])
        #expect(half == .init(drops: ["rule 101 of chain bridge t called"], canFallThrough: true))
    }

    @Test func `chains that call each other for ever end`() throws {
        #expect(try outcome([#"{"jump":{"target":"base"}}"#]).canFallThrough)
    }

    @Test(arguments: [
        (#"[[67,{"drop":null}]]"#, true), (#"[[68,{"drop":null}],[67,{"accept":null}]]"#, false),
        (#"[[{"range":[60,70]},{"drop":null}]]"#, true),
    ])
    func `a map of verdicts decides by its key`(entries: String, drops: Bool) throws {
        let map =
            #"{"vmap":{"key":{"payload":{"protocol":"udp","field":"dport"}},"data":{"set":\#(entries)}}}"#
        #expect(try outcome([map]).isCertainDrop == drops)
        #expect(try outcome([map]).canPass == !drops)
    }

    @Test(arguments: [
        ("ip", "saddr", "\"0.0.0.0\"", Likelihood.certain), ("ip", "daddr", "\"192.0.2.1\"", .never),
        ("ip", "protocol", "\"udp\"", .certain), ("ip", "protocol", "6", .never), ("ip", "dscp", "8", .possible),
        ("th", "dport", "{\"set\":[1,{\"range\":[60,70]}]}", .certain), ("udp", "sport", "67", .never),
        ("ip", "daddr", "{\"prefix\":{\"addr\":\"240.0.0.0\",\"len\":4}}", .certain),
        ("ip", "saddr", "\"@own\"", .possible), ("ip", "protocol", "\"@own\"", .possible),
        ("ether", "type", "\"arp\"", .never), ("ether", "saddr", "\"02:00:00:00:00:01\"", .possible),
        ("icmp", "type", "8", .never), ("ip6", "saddr", "\"::\"", .never),
    ])
    func `parts of a request are compared as nft writes them`(
        layer: String, field: String, right: String, expected: Likelihood
    ) throws {
        for (operation, expected) in [
            ("==", expected), ("!=", layer == "icmp" || layer == "ip6" ? .never : expected.negated),
        ] {
            let text =
                #"{"op":"\#(operation)","left":{"payload":{"protocol":"\#(layer)","field":"\#(field)"}},"right":\#(right)}"#
            let match = try #require(JSONValue(Array(text.utf8)))
            #expect(DHCPFlow.requests(on: nil).matches(match) == expected)
        }
    }
}

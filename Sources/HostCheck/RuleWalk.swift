/// What a chain of nftables does with frames: walks its rules as the kernel does (`nft_do_chain`,
/// net/netfilter/nf_tables_core.c), and where it depends on something that is not known, goes both ways.
struct RuleWalk {
    /// What can become of the frames.
    struct Outcome: Hashable {
        /// By which rules or policies they can be dropped.
        var drops: [String] = []
        /// Whether they can be accepted.
        var canPass = false
        /// Whether they can reach the end of the chain, or a rule that returns from it.
        var canFallThrough = false

        /// Whether none gets through.
        var isCertainDrop: Bool { !drops.isEmpty && !canPass && !canFallThrough }

        mutating func add(_ other: Outcome) {
            drops += other.drops
            canPass = canPass || other.canPass
            canFallThrough = canFallThrough || other.canFallThrough
        }
    }

    /// What one rule does.
    private struct Step {
        var outcome = Outcome()
        /// Whether frames that reach the rule get no further in this chain.
        var ends = Likelihood.never
    }

    /// The kernel refuses jumps that are nested more (`NFT_JUMP_STACK_SIZE`, include/net/netfilter/nf_tables.h).
    private static let deepest = 16

    let ruleset: Ruleset
    let flow: DHCPFlow

    /// What becomes of the frames in a chain that the kernel calls.
    func outcome(of chain: Ruleset.Chain) -> Outcome {
        var outcome = walk(chain, depth: 0)
        if outcome.canFallThrough, chain.dropsRest {
            outcome.drops.append("the policy of chain \(chain.title)")
            outcome.canFallThrough = false
        }
        return outcome
    }

    private func walk(_ chain: Ruleset.Chain, depth: Int) -> Outcome {
        var total = Outcome()
        for rule in chain.rules {
            let step = step(rule, in: chain, depth: depth)
            total.add(step.outcome)
            if step.ends == .certain { return total }
        }
        total.canFallThrough = true
        return total
    }

    private func step(_ rule: Ruleset.Rule, in chain: Ruleset.Chain, depth: Int) -> Step {
        let place = "rule \(rule.handle) of chain \(chain.title)"
        var reached = Likelihood.certain
        for statement in rule.statements {
            guard let (name, content) = statement.single else { continue }
            var step: Step?
            switch name {
            case "match": reached = min(reached, flow.matches(content))
            // What iptables has and nft does not know, and what depends on how much came before.
            case "xt", "limit", "quota", "ct count": reached = min(reached, .possible)
            case "vmap": step = verdictMap(content, chain, place, depth)
            default: step = verdict(name, content, chain, place, depth)
            }
            if reached == .never { return Step() }
            if var step {
                step.ends = min(step.ends, reached)
                return step
            }
        }
        return Step()
    }

    /// What a statement decides; nothing for one that decides nothing, such as a counter.
    private func verdict(
        _ name: String, _ content: JSONValue, _ chain: Ruleset.Chain, _ place: String, _ depth: Int
    ) -> Step? {
        switch name {
        // What is forwarded to another device or given to a program is gone for this one.
        case "drop", "reject", "fwd", "queue": return Step(outcome: Outcome(drops: [place]), ends: .certain)
        case "accept": return Step(outcome: Outcome(canPass: true), ends: .certain)
        case "return": return Step(outcome: Outcome(canFallThrough: true), ends: .certain)
        case "goto", "jump":
            guard depth < Self.deepest, let target = content["target"]?.text,
                let next = ruleset.chain(target, besides: chain)
            else { return nil }
            var outcome = walk(next, depth: depth + 1)
            guard name == "jump", outcome.canFallThrough else { return Step(outcome: outcome, ends: .certain) }
            // They come back, behind the rule.
            outcome.canFallThrough = false
            return Step(outcome: outcome, ends: .never)
        default: return nil
        }
    }

    /// A map from values to verdicts: each that can be meant may be.
    private func verdictMap(_ map: JSONValue, _ chain: Ruleset.Chain, _ place: String, _ depth: Int) -> Step {
        // A map with a name of its own is not followed.
        guard let entries = map["data"]?["set"]?.elements, let key = map["key"] else {
            return Step(outcome: Outcome(drops: [place]), ends: .possible)
        }
        var step = Step()
        for entry in entries.map(\.elements) where entry.count == 2 {
            let likelihood = flow.matches(.object(["op": .text("=="), "left": key, "right": entry[0]]))
            guard likelihood > .never, let (name, content) = entry[1].single,
                let found = verdict(name, content, chain, place, depth)
            else { continue }
            step.outcome.add(found.outcome)
            step.ends = max(step.ends, min(likelihood, found.ends))
        }
        return step
    }
}

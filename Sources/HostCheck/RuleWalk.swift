/// Finds out what a chain of nftables does with frames.
///
/// It walks the rules as the kernel does (`nft_do_chain`, net/netfilter/nf_tables_core.c). Where a rule depends on
/// something that is not known here, it follows both ways.
struct RuleWalk {
    /// What can happen to the frames.
    struct Outcome: Hashable {
        /// The rules and policies that can drop them.
        var drops: [String] = []
        /// Whether a rule can accept them.
        var canPass = false
        /// Whether they can reach the end of the chain, or a rule that returns from it.
        var canFallThrough = false

        /// Whether every frame is dropped.
        var isCertainDrop: Bool { !drops.isEmpty && !canPass && !canFallThrough }

        mutating func add(_ other: Outcome) {
            drops += other.drops
            canPass = canPass || other.canPass
            canFallThrough = canFallThrough || other.canFallThrough
        }
    }

    /// What one rule does with the frames.
    private struct Step {
        var outcome = Outcome()
        /// Whether the chain ends at this rule for all frames that reach it.
        var ends = Likelihood.never
    }

    /// The kernel refuses jumps that are nested deeper (`NFT_JUMP_STACK_SIZE`, include/net/netfilter/nf_tables.h).
    private static let deepest = 16

    let ruleset: Ruleset
    let flow: DHCPFlow

    /// Finds out what happens to the frames in a chain that the kernel calls.
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
            // A match of iptables that nft does not know, or a match that depends on earlier frames.
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

    /// What a statement decides; nil for one that decides nothing, such as a counter.
    private func verdict(
        _ name: String, _ content: JSONValue, _ chain: Ruleset.Chain, _ place: String, _ depth: Int
    ) -> Step? {
        switch name {
        // Frames that go to another device or to a program do not continue here.
        case "drop", "reject", "fwd", "queue": return Step(outcome: Outcome(drops: [place]), ends: .certain)
        case "accept": return Step(outcome: Outcome(canPass: true), ends: .certain)
        case "return": return Step(outcome: Outcome(canFallThrough: true), ends: .certain)
        case "goto", "jump":
            guard depth < Self.deepest, let target = content["target"]?.text,
                let next = ruleset.chain(target, besides: chain)
            else { return nil }
            var outcome = walk(next, depth: depth + 1)
            guard name == "jump", outcome.canFallThrough else { return Step(outcome: outcome, ends: .certain) }
            // The frames come back and continue after the rule.
            outcome.canFallThrough = false
            return Step(outcome: outcome, ends: .never)
        default: return nil
        }
    }

    /// A map from values to verdicts.
    ///
    /// Every verdict in it is possible.
    private func verdictMap(_ map: JSONValue, _ chain: Ruleset.Chain, _ place: String, _ depth: Int) -> Step {
        // The elements of a named map are not known here.
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

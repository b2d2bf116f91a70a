import Testing

@testable import ServerLife

/// What is promised (`World`) is kept in every world that can be reached, however a server is started.
@Suite("A server's life")
struct ServerLifeTests {
    static let explorations = World.all.map(Exploration.init)
    /// All transitions.
    static let edges = Set(explorations.flatMap(\.transitions.keys))

    @Test func `whatever happens in whichever order, what is promised is kept`() {
        for exploration in Self.explorations { #expect(exploration.broken == nil) }
        let worlds = Self.explorations.map(\.worlds.count).reduce(0, +)
        print("A server's life: \(worlds) worlds, \(Self.edges.count) transitions")
        #expect(worlds > 5_000 && Self.edges.count > 80)
    }

    @Test func `an end that is asked for comes, with no help but that of the clock and the kernel`() {
        for world in Self.explorations.flatMap(\.worlds) where world.owed.isEmpty && world.kind != .gone {
            var (end, steps) = (world.after(.init(event: .terminate)).world, 0)
            while end.kind != .gone, steps < 3 {
                let isKilled = end.isAlive && end.signal == .kill && end.kind == .stopping
                let elapsed = end.life.deadline.map { $0 - World.now } ?? 0
                end =
                    end.after(
                        isKilled
                            ? .init(event: .ended(.signal(9), leavesListener: false))
                            : .init(event: .deadline, elapsed: elapsed)
                    )
                    .world
                steps += 1
            }
            #expect(end.kind == .gone, "\(world)")
        }
    }

    @Test func `each transition that is missing or goes elsewhere, and each action that is not done, breaks a promise`()
    {
        let mutations = Self.mutations
        let survivors = mutations.filter { mutation in
            !Self.explorations.contains { $0.promiseBroken(by: mutation.with(statesOf: $0)) != nil }
        }
        print("A server's life: \(mutations.count - survivors.count) of \(mutations.count) mutations break a promise")
        #expect(mutations.count > 900)
        #expect(Set(survivors.map(\.description)) == Set(Self.equal.keys))
    }

    /// Those that change nothing, and why.
    private static let equal = [
        "launching -notStarted-> launching without tell": unserved,
        "launching -notStarted-> waitingToRestart without tell": unserved,
        "starting -ended-> launching without tell": unserved,
        "starting -ended-> waitingToRestart without tell": unserved,
        "waitingForNamespace -change-> settling without abandon":
            "nobody has made the namespace what it is to be, so there are no surroundings yet, and no relay has them",
    ]

    private static let unserved =
        "a server that starts does not serve: the relay has heard already that nobody does, or of no second place yet"

    /// Every change to every transition.
    private static var mutations: [Mutation] {
        edges.sorted { "\($0)" < "\($1)" }.flatMap { edge in
            let explorations = explorations.filter { $0.transitions[edge] != nil }
            let kinds = StateKind.allCases.filter { kind in explorations.contains { $0.states[kind] != nil } }
            let redirections = kinds.filter { $0 != edge.to }.map(Mutation.Way.redirected)
            let drops = explorations.reduce(into: Set<Mutation.Way>()) { $0.formUnion($1.actions[edge] ?? []) }
            return ([.removed] + redirections + drops).map { Mutation(edge: edge, way: $0) }
        }
    }
}

extension Mutation {
    /// With the states that there are in an exploration.
    fileprivate func with(statesOf exploration: Exploration) -> Mutation {
        guard case .redirected(let kind) = way else { return self }
        return Mutation(edge: edge, way: way, states: exploration.states[kind] ?? [])
    }
}

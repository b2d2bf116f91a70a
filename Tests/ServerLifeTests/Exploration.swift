@testable import ServerLife

/// All worlds that can be reached from one, by whatever may happen.
struct Exploration {
    private(set) var worlds: [World] = []
    /// The states that were reached.
    private(set) var states: [StateKind: Set<ServerLife.State>] = [:]
    private var known: Set<World> = []
    /// Of each transition where it begins and what happens.
    private(set) var transitions: [Edge: [(world: World, happening: World.Happening)]] = [:]
    /// What is done there, as what can be left out.
    private(set) var actions: [Edge: Set<Mutation.Way>] = [:]
    /// How a promise came to be broken, if one was.
    private(set) var broken: String?

    /// The worlds behind this one.
    init(from start: World) {
        var reached = [start]
        known.insert(start)
        while let world = reached.popLast() {
            worlds.append(world)
            states[world.kind, default: []].insert(world.life.state)
            for happening in world.happenings {
                let (next, step, broken) = world.after(happening)
                if let broken, self.broken == nil {
                    self.broken = "\(step.edge): \(broken)\n\(world)\n\(happening)\n\(next)"
                }
                if step.isTransition {
                    transitions[step.edge, default: []].append((world, happening))
                    actions[step.edge, default: []].formUnion(Mutation.drops(of: step.actions))
                }
                if known.insert(next).inserted { reached.append(next) }
            }
        }
    }

    /// The promise that a mutation breaks; nothing when it breaks none.
    ///
    /// What is known without it needs no second look: there begins nothing that does not begin here too.
    func promiseBroken(by mutation: Mutation) -> String? {
        var found: Set<World> = []
        var reached: [World] = []
        func follow(_ world: World, _ happening: World.Happening) -> String? {
            let (next, _, broken) = world.after(happening, changedBy: mutation)
            if broken == nil, !known.contains(next), found.insert(next).inserted { reached.append(next) }
            return broken
        }
        for (world, happening) in transitions[mutation.edge] ?? [] {
            if let broken = follow(world, happening) { return broken }
        }
        while let world = reached.popLast() {
            for happening in world.happenings {
                if let broken = follow(world, happening) { return broken }
            }
        }
        return nil
    }
}

/// One change to what a server's life does, wherever one transition is made.
struct Mutation: CustomStringConvertible {
    let edge: Edge
    let way: Way
    /// States to go to instead.
    var states: Set<ServerLife.State> = []

    enum Way: Hashable {
        /// Nothing happens.
        case removed
        /// It goes to another state.
        case redirected(StateKind)
        /// Something is not done: of several of a kind the one with this number, from 0.
        case dropped(ActionKind, number: Int)
    }

    /// Every action of one step left out.
    static func drops(of actions: [ActionKind]) -> Set<Way> {
        var numbers: [ActionKind: Int] = [:]
        return Set(
            actions.map { action in
                defer { numbers[action, default: 0] += 1 }
                return .dropped(action, number: numbers[action, default: 0])
            })
    }

    var description: String {
        switch way {
        case .removed: "\(edge) removed"
        case .redirected(let kind): "\(edge) goes to \(kind.rawValue)"
        case .dropped(let action, 0): "\(edge) without \(action.rawValue)"
        case .dropped(let action, let number): "\(edge) without \(action.rawValue) number \(number + 1)"
        }
    }

    /// Changes what was decided in `before`.
    func change(
        _ life: inout ServerLife, _ actions: inout [ServerLife.Action], from before: ServerLife, elapsed: UInt64
    ) {
        switch way {
        case .removed:
            life = before
            actions = []
        case .redirected:
            // If there is one, a state that knows of whoever asked: to forget it would be found too easily.
            let request = life.state.succession?.request
            let state = states.first { $0.succession?.request == request } ?? states.first
            if let state { life.state = state.moved(by: elapsed) }
        case .dropped(let kind, let number):
            let all = actions.indices.filter { actions[$0].kind == kind }
            if number < all.count { actions.remove(at: all[number]) }
        }
    }
}

/// A command line option that can come from the environment instead.
///
/// `--runtime-directory` comes from `MIDDLE_SOCK_RUNTIME_DIRECTORY`, unless the command line has it.
public enum EnvironmentOption: Hashable, Sendable {
    /// An option with one value.
    case value(String)
    /// An option that can be given several times; the variable separates the values by commas.
    case list(String)
    /// An option without a value; the variable counts if it is `1`, `true` or `yes`.
    case flag(String)

    /// The arguments, with those from `environment` in front.
    ///
    /// - Parameter subcommands: if the first argument is one of these, the options are inserted after it.
    public static func merge(
        _ arguments: [String], with environment: [String: String], options: [EnvironmentOption],
        subcommands: Set<String> = []
    ) -> [String] {
        let position = arguments.first.map(subcommands.contains) == true ? 1 : 0
        let given = Set(arguments.prefix { $0 != "--" }.map { $0.prefix { $0 != "=" } })
        let added = options.filter { !given.contains("--\($0.name)") }.flatMap { $0.arguments(in: environment) }
        return arguments.prefix(position) + added + arguments.dropFirst(position)
    }

    /// The section of `--help` that names each variable with its option.
    public static func section(on options: [EnvironmentOption]) -> String {
        let variables = options.map(\.variable)
        let width = variables.map(\.utf8.count).max() ?? 0
        let lines = zip(options, variables).map { option, variable in
            let gap = String(repeating: " ", count: width - variable.utf8.count)
            return "  \(variable)\(gap)  --\(option.name)\(option.manner)"
        }
        return "Environment:\nEach stands for an option; what the command line says goes first.\n"
            + lines.joined(separator: "\n")
    }

    /// The variable that stands for it.
    public var variable: String {
        "MIDDLE_SOCK_" + name.uppercased().split(separator: "-").joined(separator: "_")
    }

    /// Its name without the hyphens in front.
    public var name: String {
        switch self {
        case .value(let name), .list(let name), .flag(let name): name
        }
    }

    private var manner: String {
        switch self {
        case .value: ""
        case .list: ", several with commas between them"
        case .flag: ", when it is 1, true or yes"
        }
    }

    private func arguments(in environment: [String: String]) -> [String] {
        guard let text = environment[variable], !text.isEmpty else { return [] }
        return switch self {
        case .value: ["--\(name)", text]
        case .list: text.split(separator: ",").flatMap { ["--\(name)", String($0)] }
        case .flag: ["1", "true", "yes"].contains(text.lowercased()) ? ["--\(name)"] : []
        }
    }
}

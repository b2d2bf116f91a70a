internal import Addresses
internal import Diagnostics
internal import HostCheck
internal import HostNetwork
internal import Kernel

/// Lets a server check its configuration where it would run, and reads it for the networks that it serves.
struct ConfigurationInspection {
    private let check: ConfigurationCheck?
    private let places: [ConfigurationFindings.Place]

    /// How long the check may take, in microseconds: more than netns-agent gives it.
    private static let patience: UInt64 = 30_000_000

    /// Of the server that the command line starts, whose program lies at `path`, on a host with these networks.
    init(_ command: [String], path: String, on places: [ConfigurationFindings.Place]) {
        check = ConfigurationCheck(of: [path] + command.dropFirst())
        self.places = places
    }

    /// What the server says itself, and whether it serves these networks.
    ///
    /// - Parameter run: has netns-agent do something, with these arguments, and says what came of it.
    /// - Throws: `SystemError` of `run`.
    func findings(
        _ run: (_ arguments: [String], _ timeout: UInt64) throws(SystemError) -> KernelFindings.Trial
    ) throws(SystemError) -> [Finding] {
        guard let check else { return [ConfigurationFindings.noCheck] }
        let named = places.flatMap { ["--interface", $0.interface.description] }
        let trial: KernelFindings.Trial =
            places.isEmpty
            ? .impossible("not checked without a network")
            : try run(["check"] + named + ["--"] + check.command, Self.patience)
        let finding = ConfigurationFindings.check(check, trial)
        // One that is wrong serves nobody, whatever it says.
        guard !places.isEmpty, finding.state != .problem else { return [finding] }
        let declared = DeclaredNetworks(of: check, in: .init(text: Self.text(of:), names: Directory.names(in:)))
        return [finding, ConfigurationFindings.coverage(declared, on: places, by: check.server)]
    }

    private static func text(of path: String) -> String? {
        (try? Descriptor.contents(of: path)).map { String(decoding: $0, as: UTF8.self) }
    }
}

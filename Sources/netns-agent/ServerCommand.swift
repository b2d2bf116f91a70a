import Diagnostics
import Kernel
import Service

/// The DHCP server's command line, found and ready to be started.
struct ServerCommand {
    /// The name that people call it by.
    let name: String
    /// The command line as it was given, for the record.
    let line: String
    /// The file.
    let path: String
    private let arguments: [String]
    private let environment: [String]

    /// - Parameter environment: that of the agent, of which the server gets what it may know.
    /// - Throws: `Failure` when there is no such program.
    init(_ words: [String], environment: [String] = ProcessEnvironment.lines) throws(Failure) {
        let command = words.first ?? ""
        guard let path = Program.find(command, searchPath: ProcessEnvironment.variables["PATH"]) else {
            throw .unavailable("there is no program '\(command)' to start; install it, or give its path")
        }
        self.path = path
        name = String(path.split(separator: "/").last ?? "")
        line = words.joined(separator: " ")
        arguments = Array(words.dropFirst())
        self.environment = ProcessEnvironment.passedOn(environment)
    }

    /// What may be in the server's bounding set: binding port 67 and its packet socket, becoming another user, and
    /// reaching its files when those belong to that user.
    ///
    /// dnsmasq also enters clients into the ARP table of its namespace.
    var capabilities: Capabilities {
        let common: Capabilities = [.netBindService, .netRaw, .setuid, .setgid, .chown, .dacOverride]
        return name == "dnsmasq" ? common.union([.netAdmin, .setpcap]) : common
    }

    /// The program to start in the namespaces that the descriptors refer to, its output going into a pipe.
    ///
    /// - Parameter start: the number of this start, another one each time; so is the server's process number.
    func program(network: Int32, pidNamespace: Int32, start: UInt32, output: Int32) -> Program {
        var program = Program(path: path, arguments: arguments, environment: environment)
        program.network = .existing(network)
        program.pidNamespace = pidNamespace
        // Who reads its PID file on the host finds it. Each start has another number.
        program.keepsNumber = true
        // Where that cannot be. Leaving one out takes 10 µs.
        program.skippedNumbers = start % 32
        program.hasNoInput = true
        program.output = output
        program.error = output
        program.capabilities = capabilities
        return program
    }
}

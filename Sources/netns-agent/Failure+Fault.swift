import Diagnostics
import Kernel
import ServerLife

extension ServerLife.Fault {
    /// A failure of what was to be done.
    init(_ failure: Failure) {
        self.init(status: failure.status.rawValue, message: failure.message)
    }
}

extension ServerLife.Exit {
    /// How a process ended that was a server.
    init(_ exit: ChildProcess.Exit) {
        switch exit {
        case .status(let status): self = .status(status)
        case .signal(let signal): self = .signal(signal)
        }
    }
}

extension ServerLife.Ending {
    /// The exit status.
    ///
    /// - Throws: `Failure` where something went wrong that people are told last.
    func status() throws(Failure) -> Int32 {
        switch self {
        case .status(let status): return status
        case .fault(let fault): throw Failure(fault)
        }
    }
}

extension Failure {
    /// The fault that is the end.
    init(_ fault: ServerLife.Fault) {
        self.init(Status(rawValue: fault.status) ?? .software, fault.message)
    }

    /// What it was, where nothing else can be said about it.
    static func unexpected(_ error: any Error) -> Failure {
        error as? Failure ?? Failure(.software, "\(error)")
    }
}

import Kernel

extension ChildProcess.Exit {
    /// How it ended, as the rest of a sentence.
    var words: String {
        switch self {
        case .status(let status): "ended with status \(status)"
        case .signal(let signal): "was ended by signal \(signal)"
        }
    }

    /// The exit status that stands for it, as shells have it.
    var code: Int32 {
        switch self {
        case .status(let status): status
        case .signal(let signal): 128 + signal
        }
    }
}

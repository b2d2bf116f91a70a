import Glibc
public import Testing

/// Lets a test, or all tests of a suite, run as root only; otherwise they fail.
///
/// They are not skipped: a test that was not run shows nothing.
public struct RootTrait: TestTrait, SuiteTrait, TestScoping {
    /// A suite passes it on to its tests.
    public var isRecursive: Bool { true }

    /// Runs the test, if the process is root's.
    ///
    /// - Throws: what the test throws, or that it needs root.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try #require(getuid() == 0, "needs root, as script/test has it")
        try await function()
    }
}

extension Trait where Self == RootTrait {
    /// Needs root, for namespaces, links, packet sockets or other users.
    public static var asRoot: Self { Self() }
}

internal import CLinux
public import Logging
public import Messages

/// Which middle-sock the programs belong to: all programs of one build have the same version.
public enum Version {
    /// The number of the release (Semantic Versioning 2.0.0), with `-dev` while it is being made.
    ///
    /// A release changes it here and nowhere else.
    public static let number = "1.0.0-dev"

    /// The number, and, if the build was told a revision, a plus sign and the revision: `1.0.0-dev+2ea4308`.
    public static let text: String = {
        let revision = unsafe String(cString: clinux_revision())
        return revision.isEmpty ? number : "\(number)+\(revision)"
    }()

    /// What `--version` prints: it names middle-sock, because a name such as `relay` says little by itself.
    ///
    /// - Parameter component: the program that is asked.
    public static func line(of component: ComponentName) -> String {
        component == .middleSock ? "\(component) \(text)" : "\(component) (middle-sock) \(text)"
    }
}

extension Logger {
    /// Writes the version: the first line of each program that keeps running.
    public func tellVersion() {
        info("version \(Version.text)")
    }
}

extension Status.Field {
    /// The version, the first thing that each component says about itself.
    public static var version: Self { Self("version", Version.text) }
}

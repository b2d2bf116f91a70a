import Foundation
import Kernel
import Messages
import RootTesting
import Testing

/// What is found where the directory and the socket of a component are to be.
@Suite("Places of sockets", .timeLimit(.minutes(2)), .asRoot)
struct SocketPathTests {
    private let files = FileManager.default

    /// Starts a component where it should not start, and gives what it says.
    private func refusal(_ name: ComponentName, in directory: String) throws -> String {
        let process = try RunningComponent.start(name, in: directory)
        #expect(try end(of: process) == .status(69))
        let lines = RunningComponent.log(in: directory).split(separator: "\n")
        #expect(lines.count == 1, "\(lines)")
        return lines.last.map(String.init) ?? ""
    }

    private func scene(_ name: ComponentName, _ work: (_ directory: String, _ path: String) throws -> Void) throws {
        let directory = try RunningComponent.makeDirectory(for: name)
        defer { try? files.removeItem(atPath: directory) }
        try work(directory, "\(directory)/\(name).sock")
    }

    @Test(arguments: RunningComponent.all)
    func `everybody gets at the socket, and the directory says who gets there`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let attributes = try files.attributesOfItem(atPath: component.path)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
        #expect(attributes[.posixPermissions] as? Int == 0o666)
        #expect(attributes[.ownerAccountID] as? Int == (name == .netnsAgent ? 0 : Int(RunningComponent.user)))
    }

    @Test(arguments: RunningComponent.all)
    func `what is no socket stays, and is named`(name: ComponentName) throws {
        try scene(name) { directory, path in
            try Data("mine".utf8).write(to: URL(filePath: path))
            #expect(try refusal(name, in: directory).contains("something is there that is no socket"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
            try files.removeItem(atPath: path)
            try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(try refusal(name, in: directory).contains("something is there that is no socket"))
            #expect(try files.contentsOfDirectory(atPath: path).isEmpty)
        }
    }

    @Test(arguments: RunningComponent.all)
    func `a link is not followed, wherever it leads`(name: ComponentName) throws {
        try scene(name) { directory, path in
            let elsewhere = directory + "/elsewhere"
            for target in ["nothing", "a file", "an abandoned socket"] {
                switch target {
                case "a file": try Data("mine".utf8).write(to: URL(filePath: elsewhere))
                case "an abandoned socket": do { _ = try MessageSocket(listeningAt: elsewhere) }
                default: break
                }
                let before = try? files.attributesOfItem(atPath: elsewhere)[.systemFileNumber] as? Int
                try files.createSymbolicLink(atPath: path, withDestinationPath: elsewhere)
                #expect(try refusal(name, in: directory).contains("a symbolic link is there"), "\(target)")
                let after = try? files.attributesOfItem(atPath: elsewhere)[.systemFileNumber] as? Int
                #expect(after == before, "\(target)")
                #expect(try files.destinationOfSymbolicLink(atPath: path) == elsewhere)
                try files.removeItem(atPath: path)
                try? files.removeItem(atPath: elsewhere)
            }
        }
    }

    @Test(arguments: RunningComponent.all)
    func `a second one says that another receives there, and disturbs nobody`(name: ComponentName) throws {
        let first = try RunningComponent(name)
        try files.removeItem(atPath: first.directory + ".log")
        #expect(try refusal(name, in: first.directory).contains("another process receives there"))
        _ = try first.status()
    }

    @Test(arguments: RunningComponent.all)
    func `what a killed one left is replaced`(name: ComponentName) throws {
        try scene(name) { directory, path in
            let killed = try RunningComponent.start(name, in: directory)
            try waitUntil("the socket") { files.fileExists(atPath: path) }
            try killed.signal(SIGKILL)
            #expect(try killed.wait() == .signal(SIGKILL))
            #expect(files.fileExists(atPath: path))
            let next = try RunningComponent(name, in: directory)
            _ = try next.status()
        }
    }

    @Test(arguments: RunningComponent.all)
    func `what another user left stays, and is named with its user`(name: ComponentName) throws {
        try scene(name) { directory, path in
            do { _ = try MessageSocket(listeningAt: path) }
            try files.setAttributes([.ownerAccountID: RunningComponent.stranger], ofItemAtPath: path)
            let line = try refusal(name, in: directory)
            #expect(line.contains("a socket of user \(RunningComponent.stranger) is there"), "\(line)")
            #expect(files.fileExists(atPath: path))
        }
    }

    @Test(arguments: RunningComponent.all)
    func `a directory in which everybody could put a socket is none for ours`(name: ComponentName) throws {
        for mode in [0o777, 0o1777, 0o757] {
            try scene(name) { directory, path in
                try files.setAttributes([.posixPermissions: mode], ofItemAtPath: directory)
                #expect(try refusal(name, in: directory).contains("everybody may write there"))
                #expect(!files.fileExists(atPath: path))
            }
        }
    }

    @Test(arguments: RunningComponent.all)
    func `neither is one of another user, nor a link to one`(name: ComponentName) throws {
        try scene(name) { directory, path in
            let link = directory + ".link"
            try files.createSymbolicLink(atPath: link, withDestinationPath: directory)
            defer { for suffix in ["", ".log"] { try? files.removeItem(atPath: link + suffix) } }
            for ending in ["", "/"] {
                let process = try RunningComponent.start(name, in: link + ending)
                #expect(try end(of: process) == .status(69))
            }
            #expect(RunningComponent.log(in: link).contains("it is a symbolic link"))
            try files.setAttributes([.ownerAccountID: RunningComponent.stranger], ofItemAtPath: directory)
            let line = try refusal(name, in: directory)
            #expect(line.contains("it belongs to user \(RunningComponent.stranger)"), "\(line)")
            #expect(!files.fileExists(atPath: path))
        }
    }
}

// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with: each use of an unsafe construct is marked, and no warning stays.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The revision that --version names, where whoever builds says it: letters, digits, hyphens. A commit builds nothing anew.
let revision: [CSetting] = [Context.environment["MIDDLE_SOCK_REVISION"] ?? ""].filter { !$0.isEmpty }
    .map { .define("MIDDLE_SOCK_REVISION", to: "\"\($0)\"") }

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency], linking: [LinkerSetting] = []) -> Target {
    .executableTarget(
        name: name, dependencies: common + dependencies, swiftSettings: strict, linkerSettings: linking)
}

/// How programs are linked whose loading a start waits for.
///
/// Every relocation and every library that the loader need not look at is time (docs/benchmarks.md). Programs that hear
/// the LAN keep their random addresses instead.
let quicklyLoaded: [LinkerSetting] = [.unsafeFlags(["-static-executable"], .when(configuration: .release))]
/// The same, as far as it goes with libmnl, which Debian has only as a shared library.
let quicklyLoadedWithLibraries: [LinkerSetting] = [
    .unsafeFlags(["-Xclang-linker", "-no-pie"], .when(configuration: .release))
]

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, resources: resources,
        swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let processes = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let paths = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let database = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let common: [Target.Dependency] = [
    "Addresses", "CommandLine", "Diagnostics", "Kernel", "Messages", "Service", arguments, logging,
]

let package = Package(
    name: "middle-sock",
    // What a relay does that was taken over, for its tests to load into one.
    // What sets the clock that one program sees. What lets a program run under valgrind.
    products: [
        .library(name: "escape", type: .dynamic, targets: ["escape"]),
        .library(name: "set-clock", type: .dynamic, targets: ["set-clock"]),
        .library(name: "unconfined", type: .dynamic, targets: ["unconfined"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Only for tests that drive other programs; no product links it.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    ],
    targets: [
        // Pure: functions of values, no input or output, no clock.
        library("Addresses"),
        library("PrintableText"),
        library("Time"),
        library("Packet", ["Addresses"]),
        library("HostNetwork", ["Addresses"]),
        library("Messages", ["Addresses"]),
        library("Pacing"),
        library("Doors", ["Addresses", "Pacing"]),
        library("ServerLife", ["Addresses", "Messages", "Pacing", logging]),
        library("Forwarding", ["Addresses", "Messages", "Pacing", "Packet"]),
        library("HostCheck", ["Addresses", "HostNetwork", "Packet", "PrintableText"]),

        // The edge: what touches the kernel or the disk.
        .target(name: "CLinux", cSettings: revision),
        .target(name: "CICUData", cSettings: [.define("MIDDLE_SOCK_WITHOUT_ICU_DATA", .when(configuration: .release))]),
        .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        library("Kernel", ["CLinux", "PrintableText"]),
        library("Netlink", ["Addresses", "CLinux", "CMnl", "Kernel"]),
        library("LeaseStore", ["Addresses", "Messages", "Packet", database]),
        library("Diagnostics", ["CLinux", "Kernel", "Messages", "PrintableText", "Time", logging]),
        library("HostTables", ["Addresses", "Diagnostics", "HostNetwork", "Kernel", "PrintableText"]),
        library("Service", ["Diagnostics", "Kernel", "Messages", "Pacing", "PrintableText", logging]),
        library(
            "CommandLine",
            ["Addresses", "Diagnostics", "Doors", "Kernel", "Messages", "PrintableText", "Service", arguments, logging]),
        library("Doctor", common + ["HostCheck", "HostNetwork", "HostTables", "Packet", "PrintableText"]),
        library(
            "Reading",
            ["Addresses", "Diagnostics", "LeaseStore", "Messages", "Packet", "PrintableText", "Time", database]),
        // A module of its own: the programs that have privileges load no library for it.
        library("Sandbox", ["CSeccomp", "Diagnostics", "Kernel", logging]),

        executable(
            "discovery", ["HostNetwork", "HostTables", "PrintableText", "Sandbox"], linking: quicklyLoaded),
        executable(
            "netns-agent",
            [
                "CLinux", "Doctor", "Doors", "HostNetwork", "HostTables", "Netlink", "Pacing", "PrintableText",
                "ServerLife",
            ],
            linking: quicklyLoadedWithLibraries),
        executable("relay", ["Forwarding", "Pacing", "Packet", "Sandbox"]),
        executable("proxy", ["Sandbox"]),
        executable(
            "recorder",
            ["CICUData", "LeaseStore", "PrintableText", "Reading", "Sandbox", "Time"]
                + ["NIOCore", "NIOHTTP1", "NIOPosix"].map { .product(name: $0, package: "swift-nio") }),
        executable(
            "middle-sock", ["Doctor", "Doors", "HostNetwork", "HostTables", "Pacing", "PrintableText"],
            linking: quicklyLoaded),

        .target(
            name: "PacketTesting", dependencies: ["Addresses"], path: "Tests/PacketTesting", swiftSettings: strict),

        // A target of tests, for no other finds the module Testing in a static build.
        .testTarget(name: "RootTesting", path: "Tests/RootTesting", swiftSettings: strict),
        // Decisions of the relay for the tests of what comes after them. A target of tests, to see what Forwarding keeps to itself.
        .testTarget(
            name: "ForwardingTesting", dependencies: ["Forwarding", "Messages", "Packet"], swiftSettings: strict),

        .executableTarget(
            name: "dhcp-load",
            dependencies: [
                "Addresses", "CLinux", "CommandLine", "Diagnostics", "Kernel", "Messages", "Packet", "PacketTesting",
                "Service", arguments,
            ],
            path: "script/bench.d/programs/dhcp-load", swiftSettings: strict),
        // Drives clients at a server and compares the record with its lease file, for AgreementTests.
        .executableTarget(
            name: "dhcp-agreement",
            dependencies: [
                "Addresses", "CommandLine", "Kernel", "LeaseStore", "Messages", "Packet", "PacketTesting", arguments,
                database,
            ], path: "Tests/dhcp-agreement", swiftSettings: strict),
        // Sends the same to two labs and compares what comes out, for TwinTests.
        .executableTarget(
            name: "dhcp-twin",
            dependencies: ["Addresses", "Kernel", "Packet", "PacketTesting", arguments],
            path: "Tests/dhcp-twin", swiftSettings: strict),
        // The least that a relay can do, in C, for script/bench.
        .executableTarget(
            name: "packet-loop", path: "script/bench.d/programs/packet-loop",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        // What the recorder is compared with there: the C library alone.
        .executableTarget(
            name: "sqlite-load", path: "script/bench.d/programs/sqlite-load",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        // The least that a start can take, for script/bench.
        .executableTarget(
            name: "start-floor", dependencies: ["CLinux"], path: "script/bench.d/programs/start-floor",
            linkerSettings: quicklyLoaded),
        // What tests need of Linux and no module of ours offers, such as counting allocations.
        .target(name: "CTesting", path: "Tests/CTesting"),

        .target(name: "escape", path: "Tests/escape", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(
            name: "set-clock", path: "Tests/set-clock", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("dl")]),
        .target(
            name: "unconfined", path: "script/bench.d/programs/unconfined",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),

        tests(of: "Addresses"),
        tests(of: "PrintableText"),
        tests(of: "Packet", ["Addresses", "PacketTesting"]),
        tests(of: "HostNetwork", ["Addresses"], resources: [.copy("Fixtures")]),
        tests(of: "Messages", ["Addresses"]),
        tests(of: "Pacing"),
        tests(of: "Doors", ["Addresses"]),
        tests(of: "ServerLife", ["Addresses", "Messages", "Pacing", logging]),
        tests(
            of: "HostCheck", ["Addresses", "HostNetwork", "Packet", "PacketTesting"], resources: [.copy("Fixtures")]),
        tests(of: "Forwarding", ["Addresses", "ForwardingTesting", "Messages", "Pacing", "Packet", "PacketTesting"]),
        tests(of: "Kernel", ["Addresses", "CLinux", "PacketTesting", "RootTesting"]),
        tests(of: "Sandbox", ["CLinux", "Kernel"]),
        .testTarget(
            name: "NetnsAgentTests",
            dependencies: [
                "netns-agent", "Addresses", "CLinux", "CommandLine", "Diagnostics", "Doctor", "Forwarding",
                "ForwardingTesting", "Kernel", "Messages", "Packet", "PacketTesting", "RootTesting", "ServerLife",
                "Service",
                arguments,
            ],
            swiftSettings: strict),
        tests(of: "Netlink", ["Addresses", "Kernel", "RootTesting"]),
        tests(
            of: "LeaseStore", ["Addresses", "Messages", "Packet", "PacketTesting", "Reading", database],
            resources: [.copy("Databases")]),
        .testTarget(
            name: "RecorderTests",
            dependencies: [
                "recorder", "Addresses", "Diagnostics", "Kernel", "LeaseStore", "Messages", "PacketTesting", "Reading",
                "RootTesting", "Time", database, logging,
            ],
            swiftSettings: strict),
        tests(of: "Reading", ["Time"]),
        tests(of: "Diagnostics", ["Messages", logging]),
        tests(of: "Service", ["Kernel", "Messages", logging]),
        tests(of: "CommandLine", [arguments]),
        // The programs that have sockets, attacked there, and all of them with nobody who reads what they say.
        .testTarget(
            name: "SocketTests",
            dependencies: [
                "discovery", "middle-sock", "netns-agent", "relay", "recorder", "Addresses", "CLinux", "Kernel",
                "Messages", "RootTesting", "Service",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RelayTests",
            dependencies: [
                "Addresses", "CommandLine", "CTesting", "Forwarding", "Kernel", "Messages", "Netlink", "Packet",
                "PacketTesting", "RootTesting", "Service", "relay", arguments, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ProxyTests", dependencies: ["proxy", "Kernel", "Messages", "Netlink", "RootTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "MiddleSockTests",
            dependencies: [
                "middle-sock", "Addresses", "CommandLine", "Diagnostics", "Doctor", "Kernel", "Messages", "Service",
                arguments,
                logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DiscoveryTests",
            dependencies: ["discovery", "Addresses", "Diagnostics", "HostTables", "Kernel", "Messages"],
            swiftSettings: strict),

        // What script/manuals makes of the programs' help, with the programs that read it.
        .testTarget(
            name: "ManualTests",
            dependencies: [
                "discovery", "middle-sock", "netns-agent", "recorder", "relay", "CommandLine", "Diagnostics",
                arguments, paths, processes,
            ],
            exclude: ["complete.py"], swiftSettings: strict),

        // Drives the built executables and real DHCP software in the namespaces of script/lab.
        .testTarget(
            name: "LabTests", dependencies: ["Addresses", "Kernel", "Packet", "PacketTesting", paths, processes],
            swiftSettings: strict),
    ]
)

// An image is built without tests and benchmarks: a change to them does not build it anew.
if Context.environment["MIDDLE_SOCK_TESTS"] == "no" {
    package.products = []
    package.targets.removeAll { target in
        target.type == .test || ["Tests/", "script/bench.d/programs/"].contains { target.path?.hasPrefix($0) == true }
    }
}

// script/fuzz builds the pure modules and libFuzzer's main; of other modules the files that it needs: no package. libFuzzer looks
// at which code of ours an input reaches, and not at that of the tests.
if Context.environment["MIDDLE_SOCK_FUZZ"] == "yes" {
    let barelyWatched = strict + [.unsafeFlags(["-sanitize-coverage=func,inline-8bit-counters,pc-table"])]
    func part(of name: String, in path: String, _ sources: [String], _ settings: [SwiftSetting]) -> Target {
        .target(
            name: name, dependencies: ["Addresses", "Messages", "Packet", "PacketTesting"], path: "\(path)/\(name)",
            sources: sources, swiftSettings: settings)
    }
    let pure = ["Addresses", "Packet", "HostNetwork", "Messages", "Pacing", "Forwarding", "PacketTesting"]
    package.dependencies = []
    package.products = []
    package.targets.removeAll { !pure.contains($0.name) }
    for target in package.targets where target.name == "PacketTesting" { target.swiftSettings = barelyWatched }
    package.targets += [
        part(
            of: "LeaseStore", in: "Sources",
            [
                "ClockCache.swift", "KnownNetworks.swift", "Lease.swift", "LeaseDecision.swift", "LeaseEvent.swift",
                "LeaseMemory.swift", "LeaseRequest.swift", "LeaseSearch.swift", "LeaseServer.swift",
                "MessageFaults.swift", "MessageOptions.swift", "ObservedPacket.swift", "PendingRequests.swift",
                "RecentEntries.swift", "ServerKnowledge.swift", "ServerLeases.swift",
                "ServerLeases+Expectation.swift", "ServerLeases+Search.swift",
            ], strict),
        part(of: "LeaseStoreTests", in: "Tests", ["LeaseModel.swift"], barelyWatched),
        part(of: "ForwardingTests", in: "Tests", ["ReferenceJudge.swift"], barelyWatched),
        .executableTarget(
            name: "fuzz",
            dependencies: (pure + ["LeaseStore", "LeaseStoreTests", "ForwardingTests"])
                .map { .init(stringLiteral: $0) },
            path: "Tests/Fuzzing", exclude: ["corpus"],
            swiftSettings: barelyWatched + [.unsafeFlags(["-parse-as-library"])]),
    ]
}

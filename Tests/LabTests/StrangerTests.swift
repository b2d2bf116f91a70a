import Foundation
import Glibc
import Testing

/// An ordinary user with a shell on the host, in none of our groups, who wants the service to stop.
@Suite struct StrangerTests {
    /// Tries one thing after the other, and says of each how it went: `name: ok` where it was let, or why not.
    ///
    /// - `flood` goes on until it is ended.
    private static let script = """
        import array, ctypes, fcntl, os, signal, socket, struct, sys, threading, time
        run, database, port = "/run/middle-sock", "/var/lib/middle-sock/middle-sock.sqlite", int(sys.argv[1])
        pids = [int(pid) for pid in sys.argv[2:]]
        libc = ctypes.CDLL(None, use_errno=True)

        def attempt(name, work):
            try: result = work()
            except OSError as error: result = os.strerror(error.errno)
            print(f"{name}: {result or 'ok'}", flush=True)

        def send(name):
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sender.sendto(struct.pack("!IBBHI", 0x4D534F4B, 1, 7, 0, 12), f"{run}/{name}.sock")

        def lock(path, length):
            fcntl.lockf(os.open(path, os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB, 0, length)

        def trace(pid):
            if libc.ptrace(16, pid, 0, 0) < 0: raise OSError(ctypes.get_errno(), "")

        def join(pid):
            if libc.setns(os.open(f"/proc/{pid}/ns/net", os.O_RDONLY), 0) < 0: raise OSError(ctypes.get_errno(), "")

        def bind(*options):
            taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for option in options: taker.setsockopt(socket.SOL_SOCKET, option, 1)
            taker.bind(("", 67))

        for name in ("netns-agent", "relay", "recorder"): attempt(f"send {name}", lambda: send(name))
        attempt("list sockets", lambda: print(os.listdir(run)))
        attempt("enter sockets", lambda: os.chdir(run))
        attempt("make a socket", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(f"{run}/relay.sock"))
        attempt("remove a socket", lambda: os.unlink(f"{run}/relay.sock"))
        attempt("replace sockets", lambda: os.rename(run, run + ".old"))
        attempt("link beside", lambda: os.symlink("/tmp", run + ".new"))
        attempt("lock the lock", lambda: lock(f"{run}/middle-sock.lock", 0))
        attempt("read the database", lambda: os.close(os.open(database, os.O_RDONLY)))
        attempt("lock the database", lambda: lock(database, 0))
        attempt("lock the log", lambda: lock(database + "-shm", 0))
        attempt("replace the database", lambda: os.unlink(database))
        for number, pid in enumerate(pids):
            attempt(f"kill {number}", lambda: os.kill(pid, signal.SIGKILL))
            attempt(f"stop {number}", lambda: os.kill(pid, signal.SIGSTOP))
            attempt(f"trace {number}", lambda: trace(pid))
            attempt(f"memory {number}", lambda: os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY)))
            attempt(f"files {number}", lambda: print(os.listdir(f"/proc/{pid}/fd")))
            attempt(f"join {number}", lambda: join(pid))
            attempt(f"nice {number}", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
            attempt(f"limit {number}", lambda: __import__("resource").prlimit(pid, 7, (3, 3)))
        attempt("port", bind)
        attempt("port, shared", lambda: bind(socket.SO_REUSEADDR, socket.SO_REUSEPORT))
        attempt("packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())

        # What everybody may do: abstract names, connections, descriptors in flight, load.
        names = []
        for number in range(400):
            taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            taken.bind(f"\\0middle-sock/{number}" if number else "\\0" + f"{run}/relay.sock")
            names.append(taken)
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        near.setblocking(False)
        try:
            while True: near.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [near.fileno()] * 253))])
        except OSError: pass
        held = []
        def connect():
            while True:
                try:
                    each = socket.create_connection(("127.0.0.1", port), timeout=1)
                    each.send(b"GET /metrics HTTP/1.1\\r\\nX: ")
                    held.append(each)
                    if len(held) > 200: held.pop(0).close()
                except OSError: pass
                time.sleep(0.01)
        threading.Thread(target=connect, daemon=True).start()
        print("floods", flush=True)
        while True:
            for name in ("netns-agent", "relay", "recorder"):
                try: send(name)
                except OSError: pass
        """

    @Test func `he gets nowhere, and clients are served all the time`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let metrics = try await lab.host.start(
                "\(Project.binaries)/recorder", "metrics", "--listen", "127.0.0.1:9467")
            try await metrics.says("metrics at")
            let guest = try await lab.client1.start(.udhcpc)
            let lease = try await guest.lease()
            try lab.host.write(Self.script, to: "/etc/dhcp/stranger.py")
            let pids = try service.processes().map { "\($0.identifier)" }
            let stranger = try await lab.start(
                .host,
                [
                    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
                    "--no-new-privs",
                ]
                    + ["/usr/bin/python3", "-u", "/etc/dhcp/stranger.py", "9467"] + pids)
            try await stranger.says("floods", within: .seconds(30))
            let attempts = stranger.standardOutput.split(separator: "\n").filter { $0.contains(": ") }
            #expect(attempts.count == 17 + 8 * pids.count)
            #expect(attempts.filter { $0.hasSuffix(": ok") } == [], "\(stranger.standardOutput)")
            // While he floods, a client renews again and again and another comes.
            for _ in 1...3 { #expect(try await guest.renew().address == lease.address) }
            try await lab.client2.start(.udhcpc).lease()
            try await service.records("SELECT count(*) FROM current_leases", [["2"]])
            let answer = try await lab.host.output(
                "curl", "--silent", "--show-error", "--max-time", "20", "http://127.0.0.1:9467/metrics")
            #expect(answer.contains("middle_sock_leases_total 2"))
            #expect(try await lab.host.output("\(Project.binaries)/middle-sock", "status").contains("ready"))
            #expect(try Set(service.processes().map { "\($0.identifier)" }) == Set(pids))
            try await service.records("SELECT count(*) FROM events WHERE kind LIKE '%-gone'", [["0"]])
            _ = try stranger.running
        }
    }

    @Test func `he is told that he may not ask, and what to do`() async throws {
        // Not the user of the test above: how many descriptors are under way is counted for each user of the machine.
        try await Lab.with { lab in
            _ = try await lab.middleSock(.impatient)
            let asking = try await lab.host.run(
                "setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "\(Project.binaries)/middle-sock",
                "status")
            #expect(asking.status == 69)
            #expect(asking.errors.contains("only root may, run it with sudo"), "\(asking.errors)")
            let reading = try await lab.host.run(
                "setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "\(Project.binaries)/recorder",
                "leases")
            #expect(reading.status == 69)
            #expect(reading.errors.contains("sudo"), "\(reading.errors)")
        }
    }
}

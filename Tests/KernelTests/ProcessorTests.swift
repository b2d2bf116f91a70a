import CLinux
import Glibc
import Kernel
import Testing

@Suite("Processors")
struct ProcessorTests {
    @Test func `a process is on one of the machine's processors, and one that is not there on none`() throws {
        let processor = try #require(try Processor.Watch(of: getpid()).last)
        #expect((0..<Int32(sysconf(Int32(_SC_NPROCESSORS_CONF)))).contains(processor))
        #expect(throws: SystemError("open /proc/-1/stat", code: ENOENT)) { _ = try Processor.Watch(of: -1) }
    }

    @Test func `what avoids a processor runs on another, and may run there afterwards`() throws {
        try #require(sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1, "needs two processors")
        for processor in [Int32(0), 1] {
            var used: Int32 = -1
            #expect(try Processor.avoid(processor) { () throws(SystemError) in used = sched_getcpu() })
            #expect(used >= 0 && used != processor)
            #expect(try Processor.avoid(1 - processor) { () throws(SystemError) in used = sched_getcpu() })
            #expect(used == processor || used > 1)
        }
    }

    @Test func `where there is no other processor nothing is run`() throws {
        try #require(sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1, "needs two processors")
        var all = cpu_set_t()
        try #require(unsafe clinux_leave_processor(0, &all) == 0)
        defer { _ = unsafe clinux_use_processors(&all) }
        let isAlone = sysconf(Int32(_SC_NPROCESSORS_ONLN)) == 2
        var runs = 0
        #expect(try Processor.avoid(1) { () throws(SystemError) in runs += 1 } != isAlone)
        #expect(runs == (isAlone ? 0 : 1))
    }
}

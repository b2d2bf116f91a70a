import Addresses
import Foundation
import Testing
import Time

@testable import recorder

@Suite struct TimeExpressionTests {
    /// 2026-11-23T18:06:10.5Z.
    private static let now: Int64 = 1_795_457_170_500_000

    private func resolved(_ text: String, in zone: String = "UTC") throws -> String? {
        let zone = try Time.TimeZone(identifier: zone)
        let time = TimeExpression(text)?.resolve(now: Self.now, in: zone)
        return time.map { time in
            let seconds = Date(timeIntervalSince1970: Double(time / 1_000_000)).formatted(.iso8601)
            return time % 1_000_000 == 0 ? seconds : "\(seconds) \(time % 1_000_000)"
        }
    }

    @Test(arguments: [
        ("2026-11-23", "2026-11-23T00:00:00Z"), ("2026-11-23T14:00", "2026-11-23T14:00:00Z"),
        ("2026-11-23 14:00", "2026-11-23T14:00:00Z"), ("2024-02-29T23:59:59", "2024-02-29T23:59:59Z"),
        ("14:00", "2026-11-23T14:00:00Z"), ("9:05", "2026-11-23T09:05:00Z"), ("23:00", "2026-11-23T23:00:00Z"),
        ("14:00:05.000012", "2026-11-23T14:00:05Z 12"), ("14:00:05.5", "2026-11-23T14:00:05Z 500000"),
        ("2026-11-23T18:06:10.001300Z", "2026-11-23T18:06:10Z 1300"),
    ])
    func `a day, a time, or both`(text: String, time: String) throws {
        #expect(try resolved(text) == time)
    }

    @Test(arguments: [
        ("0s", "2026-11-23T18:06:10Z 500000"), ("90s", "2026-11-23T18:04:40Z 500000"),
        ("30m", "2026-11-23T17:36:10Z 500000"), ("2h", "2026-11-23T16:06:10Z 500000"),
        ("1h30m", "2026-11-23T16:36:10Z 500000"), ("7d", "2026-11-16T18:06:10Z 500000"),
        ("2w", "2026-11-09T18:06:10Z 500000"), ("9000w", "1970-01-01T00:00:00Z"),
    ])
    func `a number with a unit is so long ago`(text: String, time: String) throws {
        #expect(try resolved(text) == time)
    }

    @Test(arguments: [
        // Tokyo is a day ahead at that moment; Berlin has summer time in July only.
        ("14:00", "Asia/Tokyo", "2026-11-24T05:00:00Z"), ("2026-11-23", "Asia/Tokyo", "2026-11-22T15:00:00Z"),
        ("2026-07-01T14:00", "Europe/Berlin", "2026-07-01T12:00:00Z"),
        ("2026-12-01T14:00", "Europe/Berlin", "2026-12-01T13:00:00Z"),
        ("14:00Z", "Asia/Tokyo", "2026-11-23T14:00:00Z"),
        ("2026-11-23T14:00+09:00", "Europe/Berlin", "2026-11-23T05:00:00Z"),
        ("2026-11-23T14:00-03:30", "Europe/Berlin", "2026-11-23T17:30:00Z"),
        // Berlin's clocks show it twice, or never.
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"),
    ])
    func `without an offset it is local time`(text: String, zone: String, time: String) throws {
        #expect(try resolved(text, in: zone) == time)
    }

    @Test(arguments: [
        "", "yesterday", "2h ago", "h", "5", "-5m", "5x", "1h30", "99999999999999999999s", "320000000000s", "24:00",
        "14:60", "14:00:60", "14", "14:", ":30", "014:00", "14:00:05.", "14:00:05.1234567", "2026-11", "2026-13-01",
        "2026-02-29", "2026-11-31", "1969-12-31", "26-11-23", "2026-11-23T", "2026-11-23T14", "T14:00", "14:00+9",
        "14:00+09:00Z", "14:00+", "+14:00", "１４:００",
    ])
    func `anything else is no time`(text: String) {
        #expect(TimeExpression(text) == nil)
    }

    @Test(arguments: ["02:00:5e:10:00:64", "02-00-5E-10-00-64", "0200.5e10.0064", "02005e100064"])
    func `a hardware address is read however it is written`(text: String) {
        #expect(ClientAddress(argument: text)?.macAddress == MACAddress(2, 0, 0x5E, 0x10, 0, 0x64))
    }

    @Test(arguments: ["", "02:00:5e:10:00", "02:00:5e:10:00:64:01", "02:00:5e:10:00:6g", "laptop", "+2005e100064"])
    func `what is no hardware address is refused`(text: String) {
        #expect(ClientAddress(argument: text)?.macAddress == nil)
    }
}

extension Time.TimeZone {
    /// The one that Foundation knows by this name.
    init(identifier: String) throws {
        let known = Foundation.TimeZone(identifier: identifier)
        let zone = try #require(known)
        self.init { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0))) }
    }
}

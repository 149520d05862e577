/// Dates of the proleptic Gregorian calendar as seconds since 1970-01-01 00:00:00, without time zones or leap seconds.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    /// The date and time of some seconds since 1970.
    package init(seconds: Int64) {
        let days = Int((seconds - CivilTime.modulo(seconds, 86_400)) / 86_400)
        let rest = Int(CivilTime.modulo(seconds, 86_400))
        (year, month, day) = CivilTime.date(ofDay: days)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// `YYYY-MM-DD HH:MM:SS`.
    package var text: String {
        func pad(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
        return "\(date) \(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
    }

    /// Seconds since 1970; nil where there is no such date (years 1 to 9999) or time of day. Second 60 is refused.
    package static func seconds(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0
    ) -> Int64? {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= days(in: month, of: year) else {
            return nil
        }
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        let date = Int64(dayNumber(year: year, month: month, day: day)) * 86_400
        return date + Int64(hour * 3600 + minute * 60 + second)
    }

    /// Days since 1970-01-01 of a date. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `dayNumber`: `civil_from_days` of the same source.
    private static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}

extension CivilTime {
    /// Seconds since 1970 of a written date; nil where it is none of the known forms or no real date.
    ///
    /// Forms: `YYYY-MM-DD HH:MM[:SS]` (also with `T` between and `Z` behind), `YYYY-MM-DD`, `M/D/YY H:MM[:SS]` and
    /// `M/D/YYYY …` as spreadsheets write them, and digits alone as `compact` takes them. Blanks around are ignored.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        var bytes = Array(text.utf8.prefix(64))
        guard bytes.count < 64 else { return nil }
        while let last = bytes.last, last == UInt8(ascii: " ") { bytes.removeLast() }
        while let first = bytes.first, first == UInt8(ascii: " ") { bytes.removeFirst() }
        if bytes.contains(UInt8(ascii: "/")) { return american(bytes) }
        if bytes.contains(UInt8(ascii: "-")) { return dashed(bytes) }
        return compact(bytes)
    }

    /// `YYYYMMDD`, `YYYYMMDDHH`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`.
    package static func compact(_ digits: some StringProtocol) -> Int64? { compact(Array(digits.utf8.prefix(15))) }

    private static func compact(_ bytes: [UInt8]) -> Int64? {
        guard [8, 10, 12, 14].contains(bytes.count), let year = number(bytes[0..<4]) else { return nil }
        var parts = [0, 0, 0, 0, 0]
        for (position, start) in stride(from: 4, to: bytes.count, by: 2).enumerated() {
            guard let part = number(bytes[start..<start + 2]) else { return nil }
            parts[position] = part
        }
        return seconds(
            year: year, month: parts[0], day: parts[1], hour: parts[2], minute: parts[3], second: parts[4])
    }

    private static func dashed(_ bytes: [UInt8]) -> Int64? {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10])
        else { return nil }
        guard bytes.count > 10 else { return seconds(year: year, month: month, day: day) }
        guard [UInt8(ascii: " "), UInt8(ascii: "T")].contains(bytes[10]), let clock = timeOfDay(bytes[11...]) else {
            return nil
        }
        return seconds(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
    }

    /// Month first; two digits of the year below 70 are 20xx, as spreadsheets take them.
    private static func american(_ bytes: [UInt8]) -> Int64? {
        let halves = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard let date = halves.first else { return nil }
        let parts = date.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3, let month = number(parts[0]), let day = number(parts[1]), var year = number(parts[2]),
            parts[0].count <= 2, parts[1].count <= 2, parts[2].count == 2 || parts[2].count == 4
        else { return nil }
        if parts[2].count == 2 { year += year < 70 ? 2000 : 1900 }
        guard halves.count == 2 else { return seconds(year: year, month: month, day: day) }
        guard let clock = timeOfDay(halves[1]) else { return nil }
        return seconds(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
    }

    /// `H:MM` or `H:MM:SS`.
    private static func timeOfDay(_ bytes: ArraySlice<UInt8>) -> (hour: Int, minute: Int, second: Int)? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts[0].count <= 2, parts.dropFirst().allSatisfy({ $0.count == 2 }),
            let hour = number(parts[0]), let minute = number(parts[1])
        else { return nil }
        guard parts.count == 3 else { return (hour, minute, 0) }
        return number(parts[2]).map { (hour, minute, $0) }
    }

    /// One to nine decimal digits.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...9).contains(bytes.count) else { return nil }
        var value = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}

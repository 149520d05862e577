internal import SpaceTime

/// The `units` of a CF time coordinate, such as `hours since 1900-01-01 00:00:0.0`.
struct NetCDFClock: Hashable, Sendable {
    /// Seconds in one unit.
    let unit: Double
    /// Seconds since 1970, UTC.
    let origin: Int64

    /// nil where the text is no unit of time since a date.
    ///
    /// - Parameter isMixed: the calendar is `standard`, in which dates before 1582-10-15 are Julian.
    init?(units: String, isMixed: Bool = false) {
        let words = units.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 3, words[1].lowercased() == "since",
            let unit = NetCDFClock.seconds(in: words[0].lowercased())
        else { return nil }
        guard let origin = NetCDFClock.origin(words.dropFirst(2), isMixed: isMixed) else { return nil }
        self.unit = unit
        self.origin = origin
    }

    /// Calendars whose dates since 1582 are the Gregorian ones.
    static func isGregorian(_ calendar: String?) -> Bool {
        guard let calendar else { return true }
        return ["standard", "gregorian", "proleptic_gregorian", "none", ""].contains(calendar.lowercased())
    }

    /// Seconds since 1970, rounded; nil for what is no time.
    func seconds(_ value: Double) -> Int64? {
        let seconds = (value * unit).rounded()
        guard seconds.isFinite, abs(seconds) < 1e15 else { return nil }
        return origin + Int64(seconds)
    }

    private static func seconds(in unit: String) -> Double? {
        switch unit {
        case "seconds", "second", "secs", "sec", "s": 1
        case "minutes", "minute", "mins", "min": 60
        case "hours", "hour", "hrs", "hr", "h": 3600
        case "days", "day", "d": 86_400
        case "weeks", "week": 604_800
        case "milliseconds", "millisecond", "msec", "ms": 0.001
        case "microseconds", "microsecond": 0.000_001
        default: nil
        }
    }

    /// `Y-M-D`, `Y-M-D H:M:S.f`, with `T` between, and a zone `Z`, `UTC`, `+H:MM` or `-H` behind.
    private static func origin(_ words: ArraySlice<Substring>, isMixed: Bool) -> Int64? {
        guard let head = words.first else { return nil }
        let parts = head.split(separator: "T", maxSplits: 1) + words.dropFirst()
        guard let first = parts.first else { return nil }
        let date = first.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
        var clock = (0, 0, 0)
        var zone = 0
        for part in parts.dropFirst() {
            var text = part
            if text.hasSuffix("Z") { text = text.dropLast() }
            if text.isEmpty || ["UTC", "GMT"].contains(text.uppercased()) { continue }
            if text.hasPrefix("+") || text.hasPrefix("-") {
                guard let offset = offset(text) else { return nil }
                zone = offset
            } else {
                guard let found = time(text) else { return nil }
                clock = found
            }
        }
        let seconds = CivilTime.seconds(
            year: max(1, year), month: month, day: day, hour: clock.0, minute: clock.1, second: clock.2)
        guard let seconds else { return nil }
        let isJulian = isMixed && (year, month, day) < (1582, 10, 15)
        let shift = isJulian ? Int64(julianShift(year: year, month: month)) * 86_400 : 0
        return seconds + shift - Int64(zone)
    }

    /// Days by which a date of the Julian calendar comes after the Gregorian date of the same name.
    private static func julianShift(year: Int, month: Int) -> Int {
        let century = (month <= 2 ? year - 1 : year) / 100
        return century - century / 4 - 2
    }

    private static func time(_ text: Substring) -> (Int, Int, Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let hour = Int(parts[0]) else { return nil }
        let minute = parts.count > 1 ? Int(parts[1]) : 0
        let second = parts.count > 2 ? Double(parts[2]).flatMap { Int(exactly: $0.rounded(.down)) } : 0
        guard let minute, let second else { return nil }
        return (hour, minute, second)
    }

    /// Seconds east of UTC.
    private static func offset(_ text: Substring) -> Int? {
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first, let number = Int(first), (1...2).contains(parts.count) else { return nil }
        let hours = first.count > 2 ? number / 100 : number
        let minutes = parts.count == 2 ? Int(parts[1]) : first.count > 2 ? number % 100 : 0
        guard let minutes, hours <= 14, minutes < 60 else { return nil }
        return (text.hasPrefix("-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}

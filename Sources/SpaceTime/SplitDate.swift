/// A moment as `--split` writes it: `2019-06-01`, `2019-06-01T12:30`, `2019-06-01T12:30:15`, or `@N`, a number on the
/// time axis. Kept as seconds since 1970-01-01 in the source's own clock (proleptic Gregorian calendar).
struct SplitDate: Hashable {
    var seconds: Int64

    static let secondsPerDay: Int64 = 86_400

    init(seconds: Int64) { self.seconds = seconds }

    init?(_ text: some StringProtocol) {
        if text.hasPrefix("@") {
            guard let seconds = Int64(text.dropFirst()) else { return nil }
            self.seconds = seconds
            return
        }
        let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let day = halves.first, let date = Self.numbers(day, widths: [4, 2, 2], separator: "-") else {
            return nil
        }
        guard date[0] >= 1, (1...12).contains(date[1]) else { return nil }
        guard (1...Self.days(inMonth: date[1], of: date[0])).contains(date[2]) else { return nil }
        seconds = Self.dayNumber(year: date[0], month: date[1], day: date[2]) * Self.secondsPerDay
        guard halves.count == 2 else { return }
        guard let time = Self.timeOfDay(halves[1]) else { return nil }
        seconds += time
    }

    /// Midnight before the moment.
    var midnight: Int64 { seconds - modulo(seconds, Self.secondsPerDay) }

    private static func timeOfDay(_ text: some StringProtocol) -> Int64? {
        let widths = text.utf8.count == 5 ? [2, 2] : [2, 2, 2]
        guard let parts = numbers(text, widths: widths, separator: ":") else { return nil }
        guard parts[0] < 24, parts[1] < 60, (parts.count < 3 || parts[2] < 60) else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    }

    /// Numbers of fixed widths between separators; nil where the text is anything else.
    private static func numbers(
        _ text: some StringProtocol, widths: [Int], separator: Character
    ) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == widths.count else { return nil }
        var result: [Int64] = []
        for (part, width) in zip(parts, widths) {
            guard part.utf8.count == width, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            guard let number = Int64(part) else { return nil }
            result.append(number)
        }
        return result
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01; years are taken to begin in March, so that the leap day is the last.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        return 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}

extension SplitDate: CustomStringConvertible {
    /// Reads back as the same moment; years outside 1 to 9999 are written `@N`.
    var description: String {
        guard (-62_135_596_800..<253_402_300_800).contains(seconds) else { return "@\(seconds)" }
        let ofDay = modulo(seconds, Self.secondsPerDay)
        let date = Self.date(ofDay: (seconds - ofDay) / Self.secondsPerDay)
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        if ofDay == 0 { return day }
        let time = "\(padded(ofDay / 3600, 2)):\(padded(ofDay / 60 % 60, 2))"
        return ofDay % 60 == 0 ? "\(day)T\(time)" : "\(day)T\(time):\(padded(ofDay % 60, 2))"
    }

    private static func date(ofDay number: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = number + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

private func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

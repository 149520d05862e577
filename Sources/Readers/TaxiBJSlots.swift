internal import SpaceTime

/// The labels `YYYYMMDDSS` of a file as times: SS is a slot of the day, counted from 01 (Beijing) or from 00 (New York).
struct TaxiBJSlots {
    /// Seconds since 1970 on the city's own clock, by position in the file.
    let times: [Int64]
    /// Minutes of a slot.
    let minutes: Int
    /// The number of the first slot of a day.
    let firstSlot: Int
    /// Positions in order of (time, position).
    private(set) var order: [Int]
    /// Days left out because a slot is missing.
    private(set) var incompleteDays = 0

    var slotsPerDay: Int { 24 * 60 / minutes }
    /// Whether every frame is used, in the order of the file.
    var isInOrder: Bool { order.count == times.count && zip(order, order.dropFirst()).allSatisfy { $0 < $1 } }
    var frameTimes: FrameTimes { FrameTimes(order.lazy.map { times[$0] }) }

    private struct Label {
        var day: Int64
        var slot: Int
    }

    /// - Parameters:
    ///   - minutes: what the file's name says (`T30`); from the largest slot where nil.
    ///   - path: the file and place, for messages.
    init(_ texts: [String], minutes: Int?, path: String) throws(ReaderError) {
        var labels: [Label] = []
        labels.reserveCapacity(texts.count)
        for (position, text) in texts.enumerated() {
            guard text.utf8.count == 10, let day = CivilTime.compact(text.prefix(8)), let slot = Int(text.suffix(2)),
                slot >= 0
            else {
                throw ReaderError(
                    .damaged, "entry \(position) is `\(text.prefix(20))`; YYYYMMDDSS is needed", path: path)
            }
            labels.append(Label(day: day, slot: slot))
        }
        let slots = labels.map(\.slot)
        let length = minutes ?? ((slots.max() ?? 0) > 24 ? 30 : 60)
        let first = try TaxiBJSlots.firstSlot(slots, minutes: length, path: path)
        self.minutes = length
        firstSlot = first
        let times = labels.map { $0.day + Int64($0.slot - first) * Int64(length) * 60 }
        self.times = times
        order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    }

    /// Slot 00 means that a day begins with 00, a last slot of 24 or 48 that it begins with 01.
    private static func firstSlot(_ slots: [Int], minutes: Int, path: String) throws(ReaderError) -> Int {
        guard minutes > 0, 24 * 60 % minutes == 0 else {
            throw ReaderError(.damaged, "slots of \(minutes) minutes do not divide a day", path: path)
        }
        let perDay = 24 * 60 / minutes
        guard let least = slots.min(), let largest = slots.max() else { return 1 }
        guard largest <= perDay, least > 0 || largest < perDay else {
            throw ReaderError(
                .damaged, "slots run from \(least) to \(largest), but a day has \(perDay) of \(minutes) minutes",
                path: path)
        }
        if least == 0 { return 0 }
        if largest == perDay { return 1 }
        return minutes == 60 ? 0 : 1
    }

    /// Leaves out the days of which a slot is missing.
    mutating func keepCompleteDays() {
        var slots: [Int64: Set<Int64>] = [:]
        for time in times { slots[TaxiBJSlots.day(of: time), default: []].insert(time) }
        let complete = Set(slots.filter { $0.value.count == slotsPerDay }.keys)
        incompleteDays = slots.count - complete.count
        order.removeAll { !complete.contains(TaxiBJSlots.day(of: times[$0])) }
    }

    /// Days since 1970.
    static func day(of time: Int64) -> Int64 { time >= 0 ? time / 86_400 : (time - 86_399) / 86_400 }
}

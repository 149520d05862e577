internal import ArrayFiles

/// Gathers the differences of one group.
struct Comparison {
    private(set) var line: ParityLine
    private var part = ""

    init(_ group: String) {
        line = ParityLine(group: group, arrays: 0, difference: 0, tolerance: 0, passes: true, worst: "")
    }

    /// What follows belongs to this part of the group.
    mutating func begin(_ part: String) { self.part = part + "/" }

    /// Numbers that must agree within 1e-12 (stored in double precision) or 1e-5 (single).
    mutating func near(_ name: String, _ found: [Double], in group: GoldenGroup) throws {
        let expected = try group.array(name)
        note(name, found, expected.values, tolerance: expected.isSingle ? 1e-5 : 1e-12)
    }

    /// Numbers that must be equal.
    mutating func equal(_ name: String, _ found: [Double], in group: GoldenGroup) throws {
        note(name, found, try group.array(name).values, tolerance: 0)
    }

    /// An attribute that must agree within a tolerance.
    mutating func attribute(_ name: String, _ found: Double, in group: GoldenGroup, tolerance: Double) throws {
        note(name, [found], [try group.number(name)], tolerance: tolerance)
    }

    /// An array whose meaning is not known.
    mutating func unknown(_ name: String) { add(name + " (not known)", .infinity, tolerance: 0) }

    mutating func note(_ name: String, _ found: [Double], _ expected: [Double], tolerance: Double) {
        guard found.count == expected.count else { return add(name, .infinity, tolerance: tolerance) }
        var largest = 0.0
        for (one, other) in zip(found, expected) where !(one == other || (one.isNaN && other.isNaN)) {
            let difference = abs(one - other)
            largest = max(largest, difference.isNaN ? .infinity : difference)
        }
        add(name, largest, tolerance: tolerance)
    }

    private mutating func add(_ name: String, _ difference: Double, tolerance: Double) {
        line.arrays += 1
        let passes = difference <= tolerance
        let isWorse = passes == line.passes && difference > line.difference
        guard isWorse || (line.passes && !passes) || line.arrays == 1 else { return }
        line.difference = difference
        line.tolerance = tolerance
        line.passes = line.passes && passes
        line.worst = difference > 0 ? part + name : ""
    }
}

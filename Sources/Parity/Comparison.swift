/// The largest absolute difference met so far, and where. Arrays may have tolerances of their own; one that fails goes before
/// all that pass.
package struct Comparison {
    package private(set) var difference = 0.0
    /// Of the array with this difference; nil where the comparison as a whole has one.
    package private(set) var tolerance: Double?
    /// The array with this difference; nil where nothing was compared.
    package private(set) var place: String?
    /// How many arrays and numbers were compared.
    package private(set) var arrays = 0
    private var passes = true
    private var part = ""

    package init() {}

    /// What follows belongs to this part of the group.
    mutating func begin(_ part: String) { self.part = part + "/" }

    /// Numbers that must agree within 1e-12 (stored in double precision) or 1e-5 (single).
    mutating func near(_ name: String, _ found: [Double], in group: GoldenGroup) throws {
        let expected = try group.array(name)
        note(name, found, expected.values, tolerance: expected.isSingle ? 1e-5 : 1e-12)
    }

    /// Numbers that must agree within a tolerance, or that part of themselves where they are larger than 1.
    mutating func relative(_ name: String, _ found: [Double], in group: GoldenGroup, tolerance: Double = 1e-10) throws {
        let expected = try group.array(name).values
        let sizes = expected.map { $0.isFinite ? max(1, abs($0)) : 1 }
        note(
            name, zip(found, sizes).map { $0 / $1 }, zip(expected, sizes).map { $0 / $1 },
            tolerance: tolerance)
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
    mutating func unknown(_ name: String) { missing(name + " (not known)") }

    /// Something that should be there and is not, or the other way round.
    package mutating func missing(_ what: String) { add(what, .infinity, tolerance: 0) }

    /// Another count, and NaN on one side only, are an infinite difference.
    package mutating func note(_ name: String, _ found: [Double], _ expected: [Double], tolerance: Double? = nil) {
        guard found.count == expected.count else { return add(name, .infinity, tolerance: tolerance) }
        var largest = 0.0
        for (one, other) in zip(found, expected) where !(one == other || (one.isNaN && other.isNaN)) {
            let difference = abs(one - other)
            largest = max(largest, difference.isNaN ? .infinity : difference)
        }
        add(name, largest, tolerance: tolerance)
    }

    private mutating func add(_ name: String, _ difference: Double, tolerance: Double?) {
        arrays += 1
        let passes = tolerance.map { difference <= $0 } ?? true
        let isWorse = passes == self.passes && difference > self.difference
        guard place == nil || isWorse || (self.passes && !passes) else { return }
        (self.difference, self.tolerance, place) = (difference, tolerance, part + name)
        self.passes = passes
    }
}

internal import Tensors

/// The largest absolute difference met so far, and where.
struct Comparison {
    private(set) var difference = 0.0
    private(set) var place: String?

    /// Compares in float64. Other shapes, and NaN on one side only, count as an infinite difference.
    ///
    /// - Parameter ignoring: uint8, 1 where an element is not compared.
    mutating func add(_ found: Tensor, _ expected: Tensor, _ name: String, ignoring: Tensor? = nil)
        throws(TensorError)
    {
        guard found.shape == expected.shape else {
            return note(.infinity, "\(name): shape \(found.shape) instead of \(expected.shape)")
        }
        let (a, b) = (try found.detached().values(as: Double.self), try expected.values(as: Double.self))
        let ignored = try ignoring?.values(as: UInt8.self)
        var largest = 0.0
        for index in a.indices where ignored?[index] != 1 && a[index] != b[index] && !(a[index].isNaN && b[index].isNaN) {
            let distance = abs(a[index] - b[index])
            largest = max(largest, distance.isNaN ? .infinity : distance)
        }
        note(largest, name)
    }

    mutating func add(_ found: Double, _ expected: Double, _ name: String) {
        let distance = abs(found - expected)
        note(distance.isNaN ? .infinity : distance, name)
    }

    mutating func missing(_ what: String) { note(.infinity, what) }

    private mutating func note(_ distance: Double, _ name: String) {
        if place == nil || distance > difference { (difference, place) = (max(distance, difference), name) }
    }
}

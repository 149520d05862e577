internal import Parity
internal import Tensors

extension Comparison {
    /// Compares in float64. Other shapes, and NaN on one side only, count as an infinite difference.
    ///
    /// - Parameter ignoring: uint8, 1 where an element is not compared.
    mutating func add(_ found: Tensor, _ expected: Tensor, _ name: String, ignoring: Tensor? = nil)
        throws(TensorError)
    {
        guard found.shape == expected.shape else {
            return missing("\(name): shape \(found.shape) instead of \(expected.shape)")
        }
        let (a, b) = (try found.detached().values(as: Double.self), try expected.values(as: Double.self))
        guard let ignored = try ignoring?.values(as: UInt8.self) else { return note(name, a, b) }
        let compared = a.indices.filter { ignored[$0] != 1 }
        note(name, compared.map { a[$0] }, compared.map { b[$0] })
    }

    mutating func add(_ found: Double, _ expected: Double, _ name: String) { note(name, [found], [expected]) }
}

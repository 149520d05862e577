internal import Tensors

/// A learned number for each head and each difference of two places on one axis.
struct RelativeBias {
    /// (2·length - 1, heads).
    let table: Tensor
    /// (length, length), int64: i - j + length - 1.
    let index: Tensor

    init(_ scope: Parameters.Scope, length: Int, heads: Int) throws(TensorError) {
        table = try scope.parameter("relative_position_bias_table", [2 * length - 1, heads], .truncatedNormal(0.02))
        let places = (0..<length).flatMap { i in (0..<length).map { j in Int64(i - j + length - 1) } }
        index = try scope.buffer("relative_position_index", Tensor(places, [length, length]))
    }

    /// (heads, queries, keys). Fewer places than the table was made for read its middle.
    func callAsFunction(queries: Int, keys: Int) throws(TensorError) -> Tensor {
        let part = try index.narrowed(0, 0..<queries).narrowed(1, 0..<keys).flattened()
        return try table.gathered(part, axis: 0).reshaped([queries, keys, table.extent(1)]).permuted([2, 0, 1])
    }
}

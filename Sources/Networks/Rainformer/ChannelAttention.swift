internal import Tensors

/// Scales each channel by what the means and the largest values of all say. Rainformer's SwinTransformer.py,
/// `CA`, and Attention.py, `CASA`.
struct ChannelAttention {
    let mean: PooledPerceptron
    let largest: PooledPerceptron
    /// The axes of rows and columns.
    let places: [Int]

    /// - Parameter names: one, or two where means and largest values have networks of their own.
    init(_ scope: Parameters.Scope, _ names: [String], _ width: Int, middle: Int, places: [Int]) throws(TensorError) {
        mean = try PooledPerceptron(scope[names[0]], width, middle: middle)
        largest = names.count > 1 ? try PooledPerceptron(scope[names[1]], width, middle: middle) : mean
        self.places = places
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let scale = try (mean(x.mean(places)) + largest(x.largest(places))).sigmoid()
        let shape = x.shape.indices.map { places.contains($0) ? 1 : x.extent($0) }
        return try x * scale.reshaped(shape)
    }
}

/// (B, C) to the same: Linear, ReLU, Linear.
struct PooledPerceptron {
    let first: Linear
    let second: Linear

    init(_ scope: Parameters.Scope, _ width: Int, middle: Int) throws(TensorError) {
        first = try Linear(scope[1], width, middle)
        second = try Linear(scope[3], middle, width)
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor { try second(first(x).relu()) }
}

internal import Tensors

/// `fc2(GELU(fc1 x))`, the feed-forward part of a transformer block.
struct Perceptron {
    let fc1: Linear
    let fc2: Linear
    let dropout: Double

    init(_ scope: Parameters.Scope, width: Int, hidden: Int, dropout: Double, initial: LayerInitial)
        throws(TensorError)
    {
        fc1 = try Linear(scope["fc1"], width, hidden, initial: initial)
        fc2 = try Linear(scope["fc2"], hidden, width, initial: initial)
        self.dropout = dropout
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try fc2(fc1(x).gelu().dropped(dropout, mode)).dropped(dropout, mode)
    }
}

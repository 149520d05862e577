internal import Tensors

/// A layer of SimVP's encoder and decoder: convolution, GroupNorm(2), activation; (N, in, H, W) to (N, out, H', W').
///
/// NuwaDynamics and OpenSTL both call it ConvSC, but double and activate differently.
struct FrameLayer {
    /// What becomes of height and width.
    enum Step: Hashable, Sendable {
        case keep
        case halve
        case double

        /// keep, halve, keep, halve, … MODELS 10.1.
        static func alternating(_ count: Int) -> [Step] { (0..<count).map { $0 % 2 == 0 ? .keep : .halve } }

        /// The decoder's in place of the encoder's.
        var undone: Step { self == .halve ? .double : self }
    }

    let conv: Convolve
    let norm: GroupNorm
    let shuffles: Bool
    let isNuwa: Bool
    let dropout: Double

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration, inputs: Int, _ step: Step, kernel: Int)
        throws(TensorError)
    {
        let outputs = form.spatialWidth
        isNuwa = form.form == .nuwaDynamics
        shuffles = !isNuwa && step == .double
        dropout = isNuwa ? form.dropout : 0
        if isNuwa {
            let shape =
                switch step {
                case .keep: Convolution(padding: 1)
                case .halve: Convolution(stride: 2, padding: 1)
                case .double: Convolution(stride: 2, padding: 1, outputPadding: 1, isTransposed: true)
                }
            conv = try Convolve(scope["conv"], inputs, outputs, kernel: [3, 3], shape)
        } else {
            let stride = step == .halve ? 2 : 1
            conv = try Convolve(
                shuffles ? scope["conv"][0] : scope["conv"], inputs, shuffles ? 4 * outputs : outputs, side: kernel,
                stride: stride, padding: (kernel - stride + 1) / 2, initial: .truncatedNormal(0.02))
        }
        norm = try GroupNorm(scope["norm"], groups: 2, outputs)
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        var y = try conv(x)
        if shuffles { y = try y.pixelShuffled(2) }
        y = try norm(y)
        // The reference's inner decoder layers drop 0.3 whatever is asked for (NuwaDynamics nvwa_downstream_pred.py,
        // Decoder); here one rate holds for all, so that 0 means none. Its own run has 0.3 everywhere.
        return try isNuwa ? y.activated(slope: 0.2, dropping: dropout, mode) : y.silu()
    }
}

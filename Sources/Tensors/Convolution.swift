internal import CTorch

/// The form of a convolution over two or three axes; weights are `[out, in/groups, k…]`, transposed `[in, out/groups, k…]`.
public struct Convolution: Hashable, Sendable {
    /// One number an axis.
    public var stride: [Int]
    public var padding: [Int]
    public var dilation: [Int]
    /// Of a transposed convolution only.
    public var outputPadding: [Int]
    public var groups: Int
    public var isTransposed: Bool

    public init(
        rank: Int = 2, stride: Int = 1, padding: Int = 0, dilation: Int = 1, outputPadding: Int = 0, groups: Int = 1,
        isTransposed: Bool = false
    ) {
        precondition((2...3).contains(rank), "a convolution over \(rank) axes")
        self.stride = Array(repeating: stride, count: rank)
        self.padding = Array(repeating: padding, count: rank)
        self.dilation = Array(repeating: dilation, count: rank)
        self.outputPadding = Array(repeating: outputPadding, count: rank)
        self.groups = groups
        self.isTransposed = isTransposed
    }

    var form: ctorch_convolution {
        var form = ctorch_convolution()
        form.rank = Int32(stride.count)
        form.groups = Int64(groups)
        form.transposed = isTransposed
        Convolution.write(stride, to: &form.stride)
        Convolution.write(padding, to: &form.padding)
        Convolution.write(dilation, to: &form.dilation)
        Convolution.write(outputPadding, to: &form.output_padding)
        return form
    }

    private static func write(_ values: [Int], to target: inout (Int64, Int64, Int64)) {
        target = (Int64(values[0]), Int64(values[1]), values.count > 2 ? Int64(values[2]) : 0)
    }
}

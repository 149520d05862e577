internal import CTorch

/// Element by element; shapes expand as in NumPy.
extension Tensor {
    public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_ADD, right, "+")
    }

    public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_SUBTRACT, right, "-")
    }

    public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_MULTIPLY, right, "*")
    }

    public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_DIVIDE, right, "/")
    }

    public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_ADD, right, "+")
    }

    public static func - (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_SUBTRACT, right, "-")
    }

    public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_MULTIPLY, right, "*")
    }

    public static func / (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try left.combined(CTORCH_DIVIDE, right, "/")
    }

    public static prefix func - (operand: Tensor) throws(TensorError) -> Tensor {
        try operand.applied(CTORCH_NEGATE, "negate")
    }

    /// 1 where equal (as bool).
    public func equals(_ other: Tensor) throws(TensorError) -> Tensor { try combined(CTORCH_EQUAL, other, "equals") }

    public func isAtLeast(_ number: Double) throws(TensorError) -> Tensor {
        try combined(CTORCH_GREATER_OR_EQUAL, number, "is at least")
    }

    public func isLess(than number: Double) throws(TensorError) -> Tensor {
        try combined(CTORCH_LESS, number, "is less than")
    }

    public func and(_ other: Tensor) throws(TensorError) -> Tensor { try combined(CTORCH_AND, other, "and") }

    public func or(_ other: Tensor) throws(TensorError) -> Tensor { try combined(CTORCH_OR, other, "or") }

    public func minimum(_ other: Tensor) throws(TensorError) -> Tensor {
        try combined(CTORCH_MINIMUM, other, "minimum")
    }

    public func maximum(_ other: Tensor) throws(TensorError) -> Tensor {
        try combined(CTORCH_MAXIMUM, other, "maximum")
    }

    /// This where the condition holds, else `other`.
    public func kept(where condition: Tensor, else other: Tensor) throws(TensorError) -> Tensor {
        try Library.make("where", [condition, self, other]) {
            ctorch_where(condition.pointer, pointer, other.pointer, $0, $1)
        }
    }

    private func combined(_ operation: ctorch_binary, _ other: Tensor, _ name: StaticString) throws(TensorError)
        -> Tensor
    {
        try Library.make(name, [self, other]) { ctorch_combine(operation, pointer, other.pointer, $0, $1) }
    }

    private func combined(_ operation: ctorch_binary, _ number: Double, _ name: StaticString) throws(TensorError)
        -> Tensor
    {
        try Library.make(name, [self]) { ctorch_combine_number(operation, pointer, number, $0, $1) }
    }

    private func applied(_ operation: ctorch_unary, _ name: StaticString) throws(TensorError) -> Tensor {
        try Library.make(name, [self]) { ctorch_apply(operation, pointer, $0, $1) }
    }
}

extension Tensor {
    public func exp() throws(TensorError) -> Tensor { try applied(CTORCH_EXP, "exp") }
    public func log() throws(TensorError) -> Tensor { try applied(CTORCH_LOG, "log") }
    public func squareRoot() throws(TensorError) -> Tensor { try applied(CTORCH_SQRT, "square root") }
    public func magnitude() throws(TensorError) -> Tensor { try applied(CTORCH_ABS, "magnitude") }
    public func squared() throws(TensorError) -> Tensor { try applied(CTORCH_SQUARE, "square") }
    public func rounded() throws(TensorError) -> Tensor { try applied(CTORCH_ROUND, "round") }
    public func sign() throws(TensorError) -> Tensor { try applied(CTORCH_SIGN, "sign") }
    public func isNaN() throws(TensorError) -> Tensor { try applied(CTORCH_ISNAN, "is NaN") }
    /// 0 for NaN.
    public func withoutNaN() throws(TensorError) -> Tensor { try applied(CTORCH_WITHOUT_NAN, "without NaN") }
    /// Turns bool around.
    public func not() throws(TensorError) -> Tensor { try applied(CTORCH_NOT, "not") }

    public func tanh() throws(TensorError) -> Tensor { try applied(CTORCH_TANH, "tanh") }
    public func sigmoid() throws(TensorError) -> Tensor { try applied(CTORCH_SIGMOID, "sigmoid") }
    public func relu() throws(TensorError) -> Tensor { try applied(CTORCH_RELU, "relu") }
    /// The exact form with the error function.
    public func gelu() throws(TensorError) -> Tensor { try applied(CTORCH_GELU, "gelu") }
    public func silu() throws(TensorError) -> Tensor { try applied(CTORCH_SILU, "silu") }

    public func clamped(to range: ClosedRange<Double>) throws(TensorError) -> Tensor {
        try Library.make("clamp", [self]) { ctorch_clamp(pointer, range.lowerBound, range.upperBound, $0, $1) }
    }

    /// The matrix product over the last two axes.
    public func matmul(_ other: Tensor) throws(TensorError) -> Tensor { try combined(CTORCH_MATMUL, other, "matmul") }

    public func softmax(axis: Int) throws(TensorError) -> Tensor {
        try Library.make("softmax", [self]) { ctorch_softmax(pointer, Int64(axis), $0, $1) }
    }

    /// Indices (int64) in ascending order of the elements; equal ones keep their order.
    public func argsort(axis: Int) throws(TensorError) -> Tensor {
        try Library.make("argsort", [self]) { ctorch_argsort(pointer, Int64(axis), $0, $1) }
    }
}

/// Sums and the like, over all axes where none is named.
extension Tensor {
    public func sum(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_SUM, axes, keep, "sum")
    }

    public func mean(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_MEAN, axes, keep, "mean")
    }

    public func largest(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_LARGEST, axes, keep, "largest")
    }

    public func least(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_LEAST, axes, keep, "least")
    }

    /// The population's variance.
    public func variance(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_VARIANCE, axes, keep, "variance")
    }

    /// The square root of the sum of squares.
    public func norm(_ axes: [Int] = [], keepingAxes keep: Bool = false) throws(TensorError) -> Tensor {
        try reduced(CTORCH_NORM, axes, keep, "norm")
    }

    /// The mean squared difference over all elements; shapes must be equal.
    public func meanSquaredError(_ other: Tensor) throws(TensorError) -> Tensor {
        try Library.make("mean squared error", [self, other]) {
            ctorch_mean_squared_error(pointer, other.pointer, $0, $1)
        }
    }

    private func reduced(_ operation: ctorch_reduction, _ axes: [Int], _ keep: Bool, _ name: StaticString)
        throws(TensorError) -> Tensor
    {
        try Library.make(name, [self]) { out, fault in
            axes.withExtents { ctorch_reduce(operation, pointer, $0, $1, keep, out, fault) }
        }
    }
}

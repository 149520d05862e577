internal import Tensors

/// How a grid of tokens is cut into windows, plain or shifted. MODELS 3.1.
///
/// Windows go row by row, tokens row by row inside; the batch is the slowest, so the windows of sample b are b·n..<(b + 1)·n.
struct WindowGrid: Hashable, Sendable {
    struct Size: Hashable, Sendable {
        var rows: Int
        var columns: Int
    }

    let size: Size
    /// M.
    let window: Int
    let shift: Int

    init(_ size: Size, window: Int, shift: Int) {
        self.size = size
        self.window = window
        self.shift = shift
    }

    /// Swin's: a grid no larger than the window is one window, not shifted.
    init(_ size: Size, _ window: Int, isShifted: Bool) {
        let least = min(size.rows, size.columns)
        self.size = size
        self.window = min(window, least)
        shift = isShifted && least > window ? window / 2 : 0
    }

    /// Windows of one sample.
    var windowCount: Int { size.rows / window * (size.columns / window) }

    /// (B, rows, columns, C) to (B·windows, M², C).
    func cut(_ x: Tensor) throws(TensorError) -> Tensor {
        let (batch, channels) = (x.extent(0), x.extent(3))
        let shifted = shift > 0 ? try x.rolled([-shift, -shift], axes: [1, 2]) : x
        let split = [batch, size.rows / window, window, size.columns / window, window, channels]
        return try shifted.reshaped(split).permuted([0, 1, 3, 2, 4, 5]).reshaped([-1, window * window, channels])
    }

    /// The inverse of `cut`.
    func joined(_ windows: Tensor) throws(TensorError) -> Tensor {
        let channels = windows.extent(2)
        let split = [-1, size.rows / window, size.columns / window, window, window, channels]
        let whole = try windows.reshaped(split).permuted([0, 1, 3, 2, 4, 5])
        let grid = try whole.reshaped([-1, size.rows, size.columns, channels])
        return shift > 0 ? try grid.rolled([shift, shift], axes: [1, 2]) : grid
    }

    /// For each pair of tokens (i, j) of a window the row of the bias table, int64 (M², M²): the differences i - j of rows and
    /// columns, rows slower.
    func relativeIndex() throws(TensorError) -> Tensor {
        let span = 2 * window - 1
        let tokens = (0..<window * window).map { (row: $0 / window, column: $0 % window) }
        let values = tokens.flatMap { i in
            tokens.map { j in Int64((i.row - j.row + window - 1) * span + i.column - j.column + window - 1) }
        }
        return try Tensor(values, [tokens.count, tokens.count])
    }

    /// (windows, M², M²): -100 between tokens of a shifted window that come from different sides of the frame, else 0.
    func mask() throws(TensorError) -> Tensor {
        func region(_ index: Int, of length: Int) -> Int {
            index < length - window ? 0 : index < length - shift ? 1 : 2
        }
        var values: [Float] = []
        for top in stride(from: 0, to: size.rows, by: window) {
            for left in stride(from: 0, to: size.columns, by: window) {
                let regions = (0..<window * window).map { token in
                    3 * region(top + token / window, of: size.rows)
                        + region(left + token % window, of: size.columns)
                }
                for i in regions { values += regions.map { $0 == i ? 0 : -100 } }
            }
        }
        return try Tensor(values, [windowCount, window * window, window * window])
    }
}

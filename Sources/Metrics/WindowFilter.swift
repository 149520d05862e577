/// Weighted means over square windows, where they lie wholly inside: the weights are the products of a row's and a column's.
struct WindowFilter {
    let rows: Int
    let columns: Int
    let kernel: [Double]

    /// Row by row, (rows - k + 1) x (columns - k + 1) numbers; NaN where a window holds one.
    func callAsFunction(_ plane: [Double]) -> [Double] {
        let (width, height) = (columns - kernel.count + 1, rows - kernel.count + 1)
        var across = [Double](repeating: 0, count: rows * width)
        var result = [Double](repeating: 0, count: height * width)
        plane.withUnsafeBufferPointer { plane in
            across.withUnsafeMutableBufferPointer { across in
                for row in 0..<rows {
                    add(plane, from: row * columns, step: 1, to: across, at: row * width, count: width)
                }
                result.withUnsafeMutableBufferPointer { result in
                    let across = UnsafeBufferPointer(across)
                    for row in 0..<height {
                        add(across, from: row * width, step: width, to: result, at: row * width, count: width)
                    }
                }
            }
        }
        return result
    }

    /// Adds `count` neighbouring windows, whose elements lie `step` apart.
    private func add(
        _ source: UnsafeBufferPointer<Double>, from first: Int, step: Int,
        to target: UnsafeMutableBufferPointer<Double>, at place: Int, count: Int
    ) {
        for (offset, weight) in kernel.enumerated() {
            let begin = first + offset * step
            for index in 0..<count { target[place + index] += weight * source[begin + index] }
        }
    }
}

/// Weighted means over square windows, where they lie wholly inside: the weights are the products of a row's and a column's.
struct WindowFilter {
    let rows: Int
    let columns: Int
    let kernel: [Double]

    /// Row by row, (rows - k + 1) x (columns - k + 1) numbers; NaN where a window holds one.
    func callAsFunction(_ plane: [Double]) -> [Double] {
        let (width, height) = (columns - kernel.count + 1, rows - kernel.count + 1)
        var across = [Double](repeating: 0, count: rows * width)
        for row in 0..<rows {
            for (offset, weight) in kernel.enumerated() {
                add(plane, from: row * columns + offset, times: weight, to: &across, at: row * width, count: width)
            }
        }
        var result = [Double](repeating: 0, count: height * width)
        for row in 0..<height {
            for (offset, weight) in kernel.enumerated() {
                add(across, from: (row + offset) * width, times: weight, to: &result, at: row * width, count: width)
            }
        }
        return result
    }

    private func add(
        _ source: [Double], from first: Int, times weight: Double, to target: inout [Double], at place: Int, count: Int
    ) {
        source[first..<(first + count)].withUnsafeBufferPointer { source in
            target[place..<(place + count)].withUnsafeMutableBufferPointer { target in
                for index in 0..<count { target[index] += weight * source[index] }
            }
        }
    }
}

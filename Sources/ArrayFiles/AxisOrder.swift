package import SpaceTime

/// What the axes of an array are, slowest first: N sample, T frame, C channel, H row, W column.
package struct AxisOrder: Hashable, Sendable, CustomStringConvertible {
    package enum Axis: Character, Hashable, Sendable {
        case sample = "N"
        case frame = "T"
        case channel = "C"
        case row = "H"
        case column = "W"
    }

    package let axes: [Axis]

    /// Several channel axes count as one, the first of them slowest.
    package init(_ axes: [Axis]) { self.axes = axes }

    /// Reads letters such as `NTCHW`, each at most once.
    ///
    /// - Throws: `.usage` naming the letter at fault.
    package init(_ text: String) throws(ReaderError) {
        var axes: [Axis] = []
        for letter in text.uppercased() {
            guard let axis = Axis(rawValue: letter), !axes.contains(axis) else {
                throw ReaderError(
                    .usage,
                    "axes `\(text)`: `\(letter)` is no axis or stands twice; use each of N (sample), T (frame), "
                        + "C (channel), H (row), W (column) at most once, slowest first")
            }
            axes.append(axis)
        }
        self.axes = axes
    }

    package var description: String { String(axes.map(\.rawValue)) }

    package func contains(_ axis: Axis) -> Bool { axes.contains(axis) }

    /// The same axes, fastest first: how a file of MATLAB's looks to HDF5.
    package var reversed: AxisOrder { AxisOrder(axes.reversed()) }

    /// The product of the lengths along one kind of axis; 1 where there is none.
    package func length(_ axis: Axis, in shape: [Int]) -> Int {
        zip(axes, shape).reduce(1) { $1.0 == axis ? $0 * $1.1 : $0 }
    }

    /// Strides along these axes, in elements, of the same numbers stored as sample, frame, channel, row, column.
    func frameMajorStrides(_ lengths: [Int]) -> [Int] {
        var strides = lengths
        let (rows, columns) = (length(.row, in: lengths), length(.column, in: lengths))
        let frame = rows * columns * length(.channel, in: lengths)
        var channel = rows * columns
        for axis in axes.indices.reversed() {
            switch axes[axis] {
            case .column: strides[axis] = 1
            case .row: strides[axis] = columns
            case .channel:
                strides[axis] = channel
                channel *= lengths[axis]
            case .frame: strides[axis] = frame
            case .sample: strides[axis] = frame * length(.frame, in: lengths)
            }
        }
        return strides
    }
}

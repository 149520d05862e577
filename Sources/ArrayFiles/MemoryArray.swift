package import SpaceTime

/// An array that lies in memory or in a mapped scratch file: what a library has unpacked as a whole.
package final class MemoryArray: ArraySource {
    package let shape: [Int]
    package let element: ElementType
    package let place: String
    private let memory: ScratchMemory
    private let strides: [Int]

    /// - Parameters:
    ///   - memory: native elements, at least as many as the strides reach.
    ///   - strides: in elements, one an axis.
    package init(_ memory: ScratchMemory, shape: [Int], strides: [Int], element: ElementType, place: String) {
        let reach = zip(shape, strides).reduce(1) { $0 + max(0, $1.0 - 1) * $1.1 } * element.byteCount
        precondition(shape.contains(0) || reach <= memory.bytes.count, "an array beyond its memory")
        self.memory = memory
        self.shape = shape
        self.strides = strides
        self.element = element
        self.place = place
    }

    package var granularity: [Int] { shape.map { _ in 1 } }

    package func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides targetStrides: [Int],
        using resources: ReadResources
    ) throws(ReaderError) {
        guard let base = memory.bytes.baseAddress, !box.contains(where: \.isEmpty) else { return }
        let start = zip(box, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
        Scatter.copy(
            lengths: box.map(\.count), from: UnsafeRawPointer(base) + start * element.byteCount, strides: strides,
            to: target, strides: targetStrides, width: element.byteCount)
    }
}

internal import CMixing
package import SpaceTime

/// A field cut into patches: how the values of a patch lie in memory, channel, row, column, in the field's element type.
package struct PatchLayout: Hashable, Sendable {
    package let field: Field
    package let grid: PatchGrid
    /// Bit patterns that mean "no value".
    private let missing: [UInt64]

    /// - Throws: `.usage` as `PatchGrid`.
    package init(_ field: Field, side: Int? = nil) throws(AugmentationError) {
        self.field = field
        grid = try PatchGrid(fieldRows: field.rows, fieldColumns: field.columns, side: side)
        missing = field.missing.compactMap { $0.bits(as: field.element) }
    }

    /// Elements of a patch: C · p · p.
    package var patchElements: Int { field.channels * grid.side * grid.side }
    package var patchByteCount: Int { patchElements * field.element.byteCount }

    /// Lends the layout to the kernels of CMixing.
    func withKernelField<R>(_ body: (UnsafePointer<cm_field>) -> R) -> R {
        missing.withUnsafeBufferPointer { missing in
            var kernel = cm_field()
            kernel.element = Int32(ElementType.allCases.firstIndex(of: field.element) ?? 0)
            kernel.channels = field.channels
            kernel.rows = field.rows
            kernel.columns = field.columns
            kernel.side = grid.side
            kernel.grid_columns = grid.columns
            kernel.missing = missing.baseAddress
            kernel.missing_count = missing.count
            return withUnsafePointer(to: kernel, body)
        }
    }

    /// Copies a patch of a frame, bit for bit.
    package func take(_ patch: Int, from frame: UnsafeRawPointer, into values: UnsafeMutableRawBufferPointer) {
        precondition(values.count == patchByteCount && (0..<grid.count).contains(patch), "a patch and its room")
        withKernelField { cm_take($0, frame, patch, values.baseAddress) }
    }

    /// Puts a patch's values into a frame of `Field.frameByteCount` bytes; what lies beyond the field is left out.
    package func paste(_ values: UnsafeRawBufferPointer, at patch: Int, into frame: UnsafeMutableRawPointer) {
        precondition(values.count == patchByteCount && (0..<grid.count).contains(patch), "a patch and its values")
        withKernelField { cm_paste($0, frame, patch, values.baseAddress) }
    }
}

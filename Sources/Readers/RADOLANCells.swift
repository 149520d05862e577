internal import SpaceTime

/// Turns a RADOLAN body into stored values, and counts its flags.
struct RADOLANCells: Sendable {
    /// How many cells carried a flag.
    struct Counts: Hashable, Sendable {
        var secondary = 0
        var negative = 0
        var clutter = 0

        static func += (left: inout Counts, right: Counts) {
            left.secondary += right.secondary
            left.negative += right.negative
            left.clutter += right.clutter
        }
    }

    static let missing = Int16.min
    let bytesPerCell: Int
    /// Whether cells flagged as clutter lose their value.
    let takesClutterAsMissing: Bool

    /// - Parameters:
    ///   - body: little-endian cells as in the file, row 0 in the south.
    ///   - target: as long as `body`; int16 for two-byte cells, uint8 for one-byte cells.
    func decode(_ body: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Counts {
        bytesPerCell == 2 ? decodeRain(body, target) : decodeReflectivity(body, target)
    }

    private func decodeRain(_ body: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Counts {
        var secondary = 0
        var negative = 0
        var clutter = 0
        let lost: UInt16 = takesClutterAsMissing ? 0xa000 : 0x2000
        for place in stride(from: 0, to: body.count, by: 2) {
            let cell = UInt16(littleEndian: body.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            secondary &+= Int((cell >> 12) & 1)
            clutter &+= Int(cell >> 15)
            let magnitude = Int16(truncatingIfNeeded: cell & 0x0fff)
            let isMissing = cell & lost != 0
            let isNegative = cell & 0x4000 != 0
            negative &+= isNegative && !isMissing ? 1 : 0
            let value = isMissing ? RADOLANCells.missing : isNegative ? 0 &- magnitude : magnitude
            target.storeBytes(of: value.littleEndian, toByteOffset: place, as: Int16.self)
        }
        return Counts(secondary: secondary, negative: negative, clutter: clutter)
    }

    /// Code 249 is clutter and has no value besides.
    private func decodeReflectivity(
        _ body: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) -> Counts {
        target.copyMemory(from: body)
        return Counts(clutter: body.reduce(0) { $0 + ($1 == 249 ? 1 : 0) })
    }
}

package import SpaceTime

/// How the files of an `environments` data set differ from those of frames: what lies one behind the other are patches, and tables
/// tell of each which one it is and what it was mixed of.
package struct PatchForm: Hashable, Sendable {
    /// Of `place`.
    package var placeElement: ElementType
    /// Of `copy_size`.
    package var sizeElement: ElementType
    /// N.
    package var copies: Int

    package static let place = "place"
    package static let neighbours = "neighbours"
    package static let copySize = "copy_size"
    package static let tables = [place, neighbours, copySize]

    /// The smallest types that hold the places of a window and the sizes of a copy.
    ///
    /// - Parameters:
    ///   - places: T * L.
    ///   - largest: patches of one copy at most.
    package init(places: Int, largest: Int, copies: Int) {
        let smallest = { (count: Int) in count <= 1 << 8 ? ElementType.uint8 : count <= 1 << 16 ? .uint16 : .uint32 }
        placeElement = smallest(places)
        sizeElement = smallest(largest + 1)
        self.copies = copies
    }

    func emptyTables(patches: Int, windows: Int) -> [[UInt8]] {
        byteCounts(patches: patches, windows: windows).map { [UInt8](repeating: 0, count: $0) }
    }

    /// Bytes of the tables of so many patches and windows, in the order of `tables`.
    func byteCounts(patches: Int, windows: Int) -> [Int] {
        [patches * placeElement.byteCount, patches, windows * copies * sizeElement.byteCount]
    }
}

/// Takes, for each part before its end, the tables of its patches in the order of `PatchForm.tables`.
package protocol PatchReceiver: FrameReceiver {
    func receive(tables: [[UInt8]]) throws
}

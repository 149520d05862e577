internal import SpaceTime

/// The maps of an `importance` data set, found by sequence and first frame.
package struct ImportanceMaps {
    package struct Map: Hashable, Sendable {
        /// F, L: rows by rows of the grid.
        package var importance: [Double]
        /// F, L: true for causal patches.
        package var isCausal: [Bool]
    }

    /// F: T in layout `joint`, else 1.
    package let frames: Int
    /// Patches down and across.
    package let rows: Int
    package let columns: Int

    private let dataset: Dataset
    /// Sequences by ID: position, and each map by the first frame of its window.
    private let places: [String: (sequence: Int, maps: [Int: Int])]
    private let pieces: [Piece]

    package init(_ dataset: Dataset) throws(BankError) {
        let fields = dataset.identity.fields
        guard dataset.identity.kind == .importance, fields.map(\.name) == ["importance", "mask"] else {
            throw BankError(.usage, "#\(dataset.digest.short) holds \(dataset.identity.kind.rawValue), not importance")
        }
        self.dataset = dataset
        (frames, rows, columns) = (fields[0].channels, fields[0].rows, fields[0].columns)
        pieces = try dataset.pieces()
        var places: [String: (sequence: Int, maps: [Int: Int])] = [:]
        for (number, row) in try dataset.sequences().enumerated() {
            let starts = row.times[0].values.enumerated().map { (Int($1), $0) }
            places[row.id] = (number, Dictionary(starts) { first, _ in first })
        }
        self.places = places
    }

    /// First frames of a sequence's windows, ascending; empty where it has no maps.
    package func firstFrames(ofSequence id: String) -> [Int] { places[id].map { $0.maps.keys.sorted() } ?? [] }

    /// The map of a window; nil where there is none.
    package func map(ofSequence id: String, firstFrame: Int) throws -> Map? {
        guard let place = places[id], let number = place.maps[firstFrame] else { return nil }
        let importance = try bytes(of: place.sequence, number, field: 0)
        let mask = try bytes(of: place.sequence, number, field: 1)
        let values = importance.withUnsafeBytes { raw in
            (0..<(raw.count / 8)).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
        }
        return Map(importance: values, isCausal: mask.map { $0 != 0 })
    }

    private func bytes(of sequence: Int, _ number: Int, field: Int) throws -> [UInt8] {
        let own = pieces.first {
            $0.sequence == sequence && $0.field == field && ($0.offset..<($0.offset + $0.frames)).contains(number)
        }
        guard let own else { throw BankError(.damaged, "map \(number) is in no piece", path: dataset.folder) }
        var found: [UInt8] = []
        let place = number - own.offset
        try PieceReader(dataset, file: own.file).read(own, frames: place..<(place + 1)) { found += $0 }
        return found
    }
}

internal import ArrayFiles
internal import SpaceTime

/// Sequences made of arrays: a sample each, an array each, or all single frames of a folder in order.
struct ArraySequences {
    private(set) var sequences: [SequenceSurvey] = []
    private(set) var pieces: [[PieceFrames.Piece]] = []
    private(set) var arrays: [any ArrayPlace] = []
    let axis: TimeAxis
    private let settings: ArraySettings

    init(_ units: [ArrayUnit], _ settings: ArraySettings) {
        self.settings = settings
        if settings.start != nil {
            axis = TimeAxis(kind: .clock, utcOffsetMinutes: settings.isStartUTC ? 0 : nil, cadence: settings.cadence)
        } else {
            axis = TimeAxis(kind: .counter, cadence: 1, secondsPerCount: settings.cadence.map(Double.init))
        }
        var positions: [Range<Int>] = []
        for unit in units {
            positions.append(arrays.count..<(arrays.count + unit.arrays.count))
            arrays += unit.arrays
        }
        let singles = units.indices.filter { isSingleFrame(units[$0]) }
        addPictures(units, positions, singles)
        for index in units.indices where !singles.contains(index) { add(units[index], positions[index]) }
        sort()
    }

    private func isSingleFrame(_ unit: ArrayUnit) -> Bool {
        unit.arrays.count == 1 && !unit.arrays[0].order.contains(.sample) && !unit.arrays[0].order.contains(.frame)
    }

    private mutating func append(_ id: String, _ parts: [PieceFrames.Piece], _ split: Split?) {
        let count = parts.reduce(0) { $0 + $1.count }
        let times = FrameTimes(
            start: settings.start ?? 0, step: settings.start == nil ? 1 : settings.cadence ?? 1, count: count)
        sequences.append(SequenceSurvey(id: id, times: [times], split: split))
        pieces.append(parts)
    }

    private mutating func add(_ unit: ArrayUnit, _ positions: Range<Int>) {
        let samples = unit.arrays.indices.map { unit.length(.sample, of: $0) }.min() ?? 0
        let hasSamples = unit.arrays.contains { $0.order.contains(.sample) }
        for sample in 0..<samples {
            let parts = unit.arrays.indices.map { index in
                PieceFrames.Piece(
                    array: positions.lowerBound + index, sample: sample, count: unit.length(.frame, of: index))
            }
            append(hasSamples ? "\(unit.label)/\(sample)" : unit.label, parts, unit.split)
        }
    }

    /// The files of each folder, a frame each, make one sequence.
    private mutating func addPictures(_ units: [ArrayUnit], _ positions: [Range<Int>], _ singles: [Int]) {
        let folders = Dictionary(grouping: singles) { "\(units[$0].folder)\u{0}\(units[$0].split?.rawValue ?? "")" }
        for (_, members) in folders {
            let ordered = members.sorted {
                NaturalOrder.precedes(units[$0].first.source.name, units[$1].first.source.name)
            }
            guard let first = ordered.first else { continue }
            let id: String
            if ordered.count == 1 {
                id = units[first].label
            } else if folders.count > 1, !units[first].folder.isEmpty {
                id = units[first].folder
            } else {
                id = ArraySequences.commonName(ordered.map { ArrayContents.stem(units[$0].first.source.name) })
            }
            let parts = ordered.map { PieceFrames.Piece(array: positions[$0].lowerBound, sample: 0, count: 1) }
            append(id, parts, units[first].split)
        }
    }

    /// What all names begin with, without the digits and separators at its end.
    static func commonName(_ names: [String]) -> String {
        guard var common = names.first else { return "frames" }
        for name in names.dropFirst() { common = common.commonPrefix(with: name) }
        while let last = common.last, last.isNumber || "_-. ".contains(last) { common.removeLast() }
        return common.isEmpty ? "frames" : common
    }

    private mutating func sort() {
        let order = sequences.indices.sorted { NaturalOrder.precedes(sequences[$0].id, sequences[$1].id) }
        sequences = order.map { sequences[$0] }
        pieces = order.map { pieces[$0] }
    }

    /// The source's labels where it has them; else by time in one sequence, by sample in many.
    mutating func splitRule() -> (rule: SplitRule, note: String?) {
        if sequences.count == 1, sequences[0].split == nil {
            return (.time(.init(train: 80, validation: 10, test: 10)), nil)
        }
        return SourceSplit.rule(for: &sequences)
    }
}

extension String {
    /// The beginning that two texts share.
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0.0 == $0.1 }.map(\.0))
    }
}

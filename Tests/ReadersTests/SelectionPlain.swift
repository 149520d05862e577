import SpaceTime

/// What a selection means, written as plainly as can be, frame by frame and cell by cell.
struct SelectionPlain {
    struct Sequence {
        var id: String
        var times: [Int64]
        var segments: [Range<Int>]
        var covariates: [[Double]]
        var bytes: [[UInt8]]
    }

    var stride = 1
    var takesFirst = false
    var last = Int64.max
    /// By field.
    var crop: [(row: Int, column: Int, rows: Int, columns: Int)]?
    var size: (rows: Int, columns: Int)?

    /// nil where nothing is left.
    func apply(to source: SelectionTestSource) -> [Sequence]? {
        var result: [Sequence] = []
        for (index, sequence) in source.survey.sequences.enumerated() {
            let times = sequence.times[0].values
            var frames = times.indices.filter { times[$0] <= last }
            if takesFirst { frames = frames.filter { $0 == 0 || times[$0 - 1] != times[$0] } }
            frames = frames.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
            let segments = sequence.segments.map { segment in frames.indices.filter { segment.contains(frames[$0]) } }
                .filter { !$0.isEmpty }.map { $0[0]..<$0[$0.count - 1] + 1 }
            if frames.isEmpty || (segments.isEmpty && !sequence.segments.isEmpty) { continue }
            let covariates = zip(source.covariates[index], source.survey.covariates).map { values, covariate in
                frames.flatMap { frame in (0..<covariate.width).map { values[frame * covariate.width + $0] } }
            }
            let bytes = source.survey.fields.indices.map { field in
                frames.flatMap { self.bytes(source, sequence: index, field: field, frame: $0) }
            }
            result.append(
                Sequence(
                    id: sequence.id, times: frames.map { times[$0] }, segments: segments, covariates: covariates,
                    bytes: bytes))
        }
        return result.isEmpty ? nil : result
    }

    private func bytes(_ source: SelectionTestSource, sequence: Int, field: Int, frame: Int) -> [UInt8] {
        let description = source.survey.fields[field]
        let size = description.frameByteCount
        let raw = Array(source.bytes[sequence][field][frame * size..<(frame + 1) * size])
        if field == 0 {
            return transform(raw, description, field).map { cell in
                switch cell {
                case .stored(let value): value
                case .blend(let value, let nearest):
                    [255, 250].contains(UInt8(value.rounded(.toNearestOrEven)))
                        ? nearest : UInt8(value.rounded(.toNearestOrEven))
                }
            }
        }
        let values = raw.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let result: [Float] = transform(values, description, field).map { cell in
            switch cell {
            case .stored(let value): value
            case .blend(let value, _): Float(value)
            }
        }
        return result.withUnsafeBytes { Array($0) }
    }

    private enum Cell<Element> {
        case stored(Element)
        case blend(Double, nearest: Element)
    }

    private func transform<Element>(_ values: [Element], _ field: Field, _ number: Int) -> [Cell<Element>] {
        let box = crop?[number] ?? (row: 0, column: 0, rows: field.rows, columns: field.columns)
        let size = size ?? (box.rows, box.columns)
        var result: [Cell<Element>] = []
        for channel in 0..<field.channels {
            for row in 0..<size.rows {
                for column in 0..<size.columns {
                    func at(_ row: Int, _ column: Int) -> Element {
                        values[(channel * field.rows + box.row + row) * field.columns + box.column + column]
                    }
                    let down = place(row, size.rows, box.rows)
                    let right = place(column, size.columns, box.columns)
                    result.append(cell(at, down, right, field))
                }
            }
        }
        return result
    }

    private func place(_ index: Int, _ target: Int, _ source: Int) -> (Int, Double) {
        let exact = (Double(index) + 0.5) * Double(source) / Double(target) - 0.5
        let inside = max(0, min(exact, Double(source - 1)))
        return (Int(inside), inside - inside.rounded(.down))
    }

    private func cell<Element>(
        _ at: (Int, Int) -> Element, _ down: (Int, Double), _ right: (Int, Double), _ field: Field
    ) -> Cell<Element> {
        var contributors: [(value: Element, weight: Double)] = []
        var sum = 0.0
        for (row, share) in [(down.0, 1 - down.1), (down.0 + 1, down.1)] where share > 0 {
            var line = 0.0
            for (column, part) in [(right.0, 1 - right.1), (right.0 + 1, right.1)] where part > 0 {
                contributors.append((at(row, column), share * part))
                line += number(at(row, column)) * part
            }
            sum += line * share
        }
        let missing = field.missing.compactMap(\.number)
        let lost = contributors.first { number($0.value).isNaN || missing.contains(number($0.value)) }
        if let lost { return .stored(lost.value) }
        if contributors.count == 1 { return .stored(contributors[0].value) }
        var nearest = contributors[0]
        for other in contributors where other.weight > nearest.weight { nearest = other }
        return .blend(sum, nearest: nearest.value)
    }

    private func number<Element>(_ value: Element) -> Double {
        (value as? UInt8).map(Double.init) ?? (value as? Float).map(Double.init) ?? 0
    }
}

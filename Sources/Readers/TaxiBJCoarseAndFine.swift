internal import ArrayFiles
internal import SpaceTime

/// UrbanFM's arrays: `P1/train/X.npy` coarse (slot, row, column), `Y.npy` fine, `ext.npy` external factors; one flow.
///
/// The slots of a split lie one behind the other, at times that the arrays do not tell: each split is one sequence.
struct TaxiBJCoarseAndFine {
    private let files: SourceFiles
    private let resources: ReadResources
    private var groups: [(coarse: SampleGroup, fine: SampleGroup)] = []
    /// External factors of each group, a row a slot.
    private var factors: [[Double]] = []
    private var width = 0
    private var factorSources: Set<Survey.Source> = []

    /// External factors of one split: numbers beyond this make no sense.
    private static let mostFactors = 1 << 24

    init(_ files: SourceFiles, _ location: Location) throws(ReaderError) {
        self.files = files
        resources = ReadResources(location)
        let coarse = files.files.filter { TaxiBJReader.lastName($0.name) == "X.npy" }
        for file in coarse.sorted(by: { NaturalOrder.precedes(Self.name(of: $0), Self.name(of: $1)) }) { try add(file) }
        guard !groups.isEmpty else {
            throw ReaderError(.notFound, "no X.npy is among the \(files.files.count) files given")
        }
    }

    /// `P1/train`.
    private static func name(of file: Survey.Source) -> String {
        let folders = file.name.split(separator: "/").dropLast().suffix(2)
        return folders.isEmpty ? "all" : folders.joined(separator: "/")
    }

    private mutating func add(_ coarse: Survey.Source) throws(ReaderError) {
        let folder = String(coarse.name.dropLast("X.npy".count))
        guard let fine = files["\(folder)Y.npy"] else {
            throw ReaderError(.notFound, "has no Y.npy beside it, which holds the fine flows", path: coarse.path)
        }
        let name = Self.name(of: coarse)
        func group(_ source: Survey.Source) -> SampleGroup {
            SampleGroup(
                name: name, split: SourceSplit.named(in: name), parts: [NPYArrayPlace(path: source.path, axes: "THW")],
                sources: [source], isOneSequence: true)
        }
        groups.append((group(coarse), group(fine)))
        guard let file = files["\(folder)ext.npy"] else { return factors.append([]) }
        factors.append(try numbers(file))
        factorSources.insert(file)
    }

    private mutating func numbers(_ file: Survey.Source) throws(ReaderError) -> [Double] {
        let array = try NPYFile(path: file.path).source()
        guard array.shape.count == 2, array.shape[1] > 0, width == 0 || width == array.shape[1],
            array.shape[0] <= Self.mostFactors / array.shape[1]
        else {
            throw ReaderError(
                .damaged,
                "has shape \(array.shape); slot and \(width == 0 ? "factors" : "\(width) factors") are needed",
                path: file.path)
        }
        width = array.shape[1]
        return try Self.doubles(array)
    }

    /// All numbers of an array of two axes.
    private static func doubles(_ array: any ArraySource) throws(ReaderError) -> [Double] {
        let count = array.shape[0] * array.shape[1]
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(8, count * array.element.byteCount), alignment: 64)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress, count > 0 else { return [] }
        try array.read(
            array.shape.map { 0..<$0 }, into: base, strides: array.shape.rowMajorStrides,
            using: ReadResources(threads: 1, scratch: ""))
        switch array.element {
        case .float64: return Array(buffer.bindMemory(to: Double.self).prefix(count))
        case .float32: return buffer.bindMemory(to: Float.self).prefix(count).map(Double.init)
        case .int64: return buffer.bindMemory(to: Int64.self).prefix(count).map(Double.init)
        case .int32: return buffer.bindMemory(to: Int32.self).prefix(count).map(Double.init)
        case .uint8: return buffer.bindMemory(to: UInt8.self).prefix(count).map(Double.init)
        default:
            throw ReaderError(
                .damaged, "holds \(array.element.rawValue), where floating-point numbers are needed", path: array.place)
        }
    }

    func source() throws(ReaderError) -> any SurveyedSource {
        let coarse = try SampleArrays(groups.map(\.coarse), resources)
        let fine = try SampleArrays(groups.map(\.fine), resources)
        for (one, other) in zip(coarse.sequences, fine.sequences) where one.frameCount != other.frameCount {
            throw ReaderError(.damaged, "\(one.id): X has \(one.frameCount) slots, Y \(other.frameCount)")
        }
        for (sequence, numbers) in zip(coarse.sequences, factors)
        where !numbers.isEmpty && numbers.count != sequence.frameCount * width {
            throw ReaderError(
                .damaged, "\(sequence.id): ext has \(numbers.count / width) rows for \(sequence.frameCount) slots")
        }
        let survey = survey(coarse, fine)
        let (factors, width) = (factors, width)
        return FieldSource(survey, fields: [coarse.frames(resources), fine.frames(resources)]) { part in
            if width == 0 { return [] }
            let numbers = factors[part.sequence]
            if numbers.isEmpty { return [[Double](repeating: .nan, count: part.frames.count * width)] }
            return [Array(numbers[(part.frames.lowerBound * width)..<(part.frames.upperBound * width)])]
        }
    }

    private func survey(_ coarse: SampleArrays, _ fine: SampleArrays) -> Survey {
        var sequences = coarse.sequences
        let (rule, note) = SourceSplit.rule(for: &sequences)
        let used = coarse.sources.union(fine.sources).union(factorSources)
        var survey = Survey(
            format: TaxiBJReader.format, variant: "urbanfm", title: "TaxiBJ, coarse and fine", citation: Self.citation,
            fields: [field("x", "coarse flow", coarse), field("y", "fine flow", fine)],
            timeAxis: TimeAxis(kind: .counter),
            covariates: width > 0 ? [Survey.Covariate(name: "ext", longName: "external factors", width: width)] : [],
            sequences: sequences, sources: used.sorted { NaturalOrder.precedes($0.name, $1.name) },
            skipped: TaxiBJReader.skipped(files, except: used), splitRule: rule)
        survey.notes = ["Slots follow one another in the order of the file; when they were is not known."]
        survey.notes += note.map { [$0] } ?? []
        return survey
    }

    private func field(_ name: String, _ longName: String, _ arrays: SampleArrays) -> Field {
        Field(name: name, element: arrays.element, rows: arrays.rows, columns: arrays.columns, longName: longName)
    }

    private static let citation =
        "Y. Liang, K. Ouyang, L. Jing et al.: UrbanFM: Inferring Fine-Grained Urban Flows. KDD 2019."
}

package import DataBank
package import SpaceTime
package import Streaming

/// A published `importance` data set: what the patches of its parent's frames are worth. CopiesOnDisk.md, "Importance".
package struct ImportanceSet: Sendable {
    /// As the user named it, pinned.
    package let name: String
    package let digest: Digest
    /// Content digest of the data set whose patches these are.
    package let parent: Digest
    package let layout: TokenLayout
    package let grid: PatchGrid
    /// The plan whose windows were looked at.
    package let plan: PlanRequest
    private let importance: StoredFrames
    private let mask: StoredFrames
    /// By the parent's sequence: its row here, and the frames it has maps of, in order.
    private let rows: [Int: (row: Int, frames: FrameTimes)]

    static let fieldNames = ["importance", "mask"]

    /// A map's two numbers for each patch, on the grid of patches.
    ///
    /// - Parameters:
    ///   - frames: F.
    ///   - field: whose patches these are.
    static func fields(_ grid: PatchGrid, frames: Int, of field: Field) -> [Field] {
        let attributes: [String: Scalar] = ["patch_side": .integer(Int64(grid.side)), "of_field": .text(field.name)]
        func made(_ name: String, _ element: ElementType, _ longName: String) -> Field {
            Field(
                name: name, element: element, channels: frames, rows: grid.rows, columns: grid.columns,
                rowOrder: field.rowOrder, longName: longName, attributes: attributes)
        }
        return [
            made(fieldNames[0], .float64, "importance of the patch"),
            made(fieldNames[1], .uint8, "1 where the patch is causal, 0 where it is environment"),
        ]
    }

    /// - Throws: `.usage` where the data set is of another kind, `.damaged` where it is not laid out as one of this kind.
    package init(_ id: String, in bank: Bank) throws(BankError) {
        let ref = try bank.resolve(id)
        try self.init(Dataset(ref.digest, in: bank), called: ref.pinned)
    }

    package init(_ dataset: Dataset, called name: String) throws(BankError) {
        guard dataset.identity.kind == .importance else {
            throw BankError(
                .usage, "\(name) holds \(dataset.identity.kind.rawValue), not importance; `stbank discover` makes that")
        }
        let settings = dataset.identity.recipe.first?.settings ?? [:]
        guard let layout = settings["layout"].flatMap({ TokenLayout(rawValue: $0) }),
            let side = settings["patch"].flatMap({ Int($0) }), let parent = dataset.identity.parents.first,
            let plan = settings["plan"].flatMap({ CanonicalCoding.json($0) }),
            dataset.identity.fields.map(\.name) == Self.fieldNames
        else { throw BankError(.damaged, "is not laid out as an importance data set", path: dataset.folder) }
        self.name = name
        digest = dataset.digest
        self.parent = parent
        self.layout = layout
        self.plan = try PlanRequest(plan)
        let root = try Dataset(parent, in: dataset.bank)
        grid = try Self.grid(self.plan, side: side, root, dataset)
        importance = try StoredFrames(dataset, field: 0)
        mask = try StoredFrames(dataset, field: 1)
        rows = try Self.rows(of: dataset, parent: root)
    }

    private static func grid(_ plan: PlanRequest, side: Int, _ root: Dataset, _ own: Dataset) throws(BankError)
        -> PatchGrid
    {
        guard let field = root.identity.fields.first(where: { $0.name == plan.inputField }) else {
            throw BankError(.damaged, "the plan names no field of the parent", path: own.folder)
        }
        do throws(AugmentationError) {
            let grid = try PatchGrid(
                fieldRows: plan.resize?.rows ?? plan.crop?.rows ?? field.rows,
                fieldColumns: plan.resize?.columns ?? plan.crop?.columns ?? field.columns, side: side)
            let stored = own.identity.fields[0]
            guard (stored.rows, stored.columns) == (grid.rows, grid.columns) else {
                throw AugmentationError(
                    .damaged, "maps of \(stored.rows)x\(stored.columns) for \(grid.rows)x\(grid.columns) patches")
            }
            return grid
        } catch {
            throw BankError(.damaged, error.message, path: own.folder)
        }
    }

    private static func rows(of dataset: Dataset, parent: Dataset) throws(BankError) -> [Int: (Int, FrameTimes)] {
        var places: [String: Int] = [:]
        for (place, row) in try parent.sequences().enumerated() { places[row.id] = place }
        var result: [Int: (Int, FrameTimes)] = [:]
        for (row, sequence) in try dataset.sequences().enumerated() {
            guard let place = places[sequence.id] else {
                throw BankError(.damaged, "the parent has no sequence `\(sequence.id)`", path: dataset.folder)
            }
            result[place] = (row, sequence.times[0])
        }
        return result
    }

    /// What a window's patches are worth.
    ///
    /// - Parameter frames: of the sequence, the window's input.
    /// - Throws: `.usage` where there is no map of the window.
    package func map(sequence: Int, frames: [Range<Int>], _ scratch: FillScratch) throws(BankError) -> CausalMap {
        guard let first = frames.first?.lowerBound, let (row, held) = rows[sequence] else {
            throw missing(sequence, frames.first?.lowerBound ?? 0)
        }
        let wanted = layout == .frame ? frames.flatMap { Array($0) } : [first]
        // Neighbouring maps are read at once.
        var places: [Range<Int>] = []
        for frame in wanted {
            guard let place = held.index(of: Int64(frame)) else { throw missing(sequence, frame) }
            if let last = places.last, last.upperBound == place {
                places[places.count - 1] = last.lowerBound..<(place + 1)
            } else {
                places.append(place..<(place + 1))
            }
        }
        let size = importance.field.elementsPerFrame
        var values = [Double](repeating: 0, count: wanted.count * size)
        var causal = [UInt8](repeating: 0, count: wanted.count * size)
        try read(importance, row, places, &values, scratch)
        try read(mask, row, places, &causal, scratch)
        do throws(AugmentationError) {
            return try CausalMap(grid, importance: values, isCausal: causal.map { $0 != 0 })
        } catch {
            throw BankError(.damaged, "\(name): \(error.message); run `stbank verify`")
        }
    }

    private func read<Number: BitwiseCopyable>(
        _ stored: StoredFrames, _ row: Int, _ places: [Range<Int>], _ numbers: inout [Number], _ scratch: FillScratch
    ) throws(BankError) {
        let failure: BankError? = numbers.withUnsafeMutableBytes { bytes in
            guard var target = bytes.baseAddress else { return nil }
            do throws(BankError) {
                for place in places {
                    try stored.copy(sequence: row, frames: place, into: target, scratch)
                    target += place.count * stored.field.frameByteCount
                }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func missing(_ sequence: Int, _ frame: Int) -> BankError {
        BankError(
            .usage,
            "\(name) has no importance of sequence \(sequence), frame \(frame); its plan was "
                + "\(plan.inputFrames ?? 0) + \(plan.targetFrames ?? 0) frames, stride \(plan.stride ?? 1)")
    }
}

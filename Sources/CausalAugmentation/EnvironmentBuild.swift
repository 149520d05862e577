package import DataBank
package import SpaceTime
internal import Streaming

/// Makes an `environments` data set: what `Ingestion` takes in. CopiesOnDisk.md, "Environments".
package final class EnvironmentBuild: FrameProvider {
    package let survey: Survey
    private let scenes: WindowScenes
    private let plan: EnvironmentPlan
    private let form: PatchForm
    private let crew: Crew
    private let pool = BlockPool(blocks: 4)

    /// - Throws: `.usage` where no copy replaces a patch.
    package init(_ scenes: WindowScenes, _ plan: EnvironmentPlan, threads: Int) throws {
        guard plan.patchCount > 0 else {
            throw BankError(.usage, "no copy replaces a single patch; take more copies or a larger sigma")
        }
        self.scenes = scenes
        self.plan = plan
        crew = Crew(threads: threads)
        let (layout, root) = (scenes.layout, scenes.source.dataset)
        form = PatchForm(
            places: scenes.frames * layout.grid.count, largest: plan.largest, copies: scenes.maker.copies)
        var field = layout.field
        field.rows = layout.grid.side
        field.columns = layout.grid.side
        let rows = try root.sequences()
        let surveys = plan.sequences.indices.map { part in
            let row = rows[plan.sequences[part]]
            return SequenceSurvey(
                id: row.id, times: [FrameTimes(count: plan.patchCounts[part])], group: row.group, split: row.split,
                attributes: ["windows": .integer(Int64(scenes.source.windows(ofSequence: plan.sequences[part]).count))])
        }
        survey = Survey(
            format: root.record.source, variant: root.record.variant, title: "Replaced patches: \(root.record.title)",
            citation: root.record.citation, license: root.record.license, fields: [field],
            timeAxis: TimeAxis(kind: .counter), sequences: surveys, sources: [], splitRule: .source,
            defaultInputFrames: scenes.source.plan.inputFrames,
            defaultTargetFrames: max(1, scenes.source.plan.targetFrames))
    }

    /// The request that makes the data set.
    package func request(as name: DatasetName, version: DatasetVersion? = nil) -> IngestRequest {
        let parts = survey.sequences.enumerated().map { number, sequence in
            SplitPlan.Part(
                id: sequence.id, range: FrameRange(sequence: number, frames: 0..<sequence.frameCount),
                split: sequence.split ?? .train)
        }
        let settings = scenes.settings
        var request = IngestRequest(name: name, version: version, readerVersion: 1, settings: settings, parts: parts)
        request.derivation = Derivation(
            .environments, from: [scenes.source.digest, scenes.importance.digest],
            by: Identity.Step(name: "augment", version: 1, settings: settings, seed: scenes.recipe.seed))
        request.plan = ShardPlan(
            parts: parts,
            shards: plan.shards.map { shard in
                shard.map { ShardPlan.Piece(part: $0.part, frames: $0.patches, windows: $0.windows.count) }
            }, form: form)
        return request
    }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        guard let receiver = receiver as? any PatchReceiver else { preconditionFailure("patches come with tables") }
        let pieces = plan.shards.joined()
        for part in parts {
            guard let piece = pieces.first(where: { $0.part == part.sequence && $0.patches == part.frames }) else {
                preconditionFailure("a part that was not planned")
            }
            try receiver.begin(part, covariates: [])
            var tables = PatchTables(form, patches: scenes.layout.grid.count)
            for chunk in PatchChunk.cut(piece.windows, scenes) {
                let chunk = try PatchChunk(chunk, scenes, crew)
                chunk.draws.forEach { tables.append($0) }
                try send(chunk, to: receiver)
            }
            try receiver.receive(tables: tables.bytes)
            try receiver.end()
        }
    }

    private func send(_ chunk: PatchChunk, to receiver: any FrameReceiver) throws {
        let count = chunk.count
        guard count > 0 else { return }
        let bytes = pool.take(count * scenes.layout.patchByteCount)
        do {
            try chunk.fill(
                UnsafeMutableRawBufferPointer(rebasing: bytes[0..<(count * scenes.layout.patchByteCount)]), crew)
        } catch {
            pool.giveBack(bytes)
            throw error
        }
        try receiver.receive(pool.lend(bytes, count * scenes.layout.patchByteCount), field: 0, count: count)
    }
}

/// The tables of a piece, as they grow.
private struct PatchTables {
    private let form: PatchForm
    private let patches: Int
    private(set) var bytes: [[UInt8]] = [[], [], []]

    init(_ form: PatchForm, patches: Int) {
        self.form = form
        self.patches = patches
    }

    /// The copies of the next window.
    mutating func append(_ draws: [CopyDraw]) {
        for draw in draws {
            put(draw.patches.count, form.sizeElement, 2)
            for patch in draw.patches {
                put(Int(patch.frame) * patches + Int(patch.patch), form.placeElement, 0)
                bytes[1].append(patch.neighbours.rawValue)
            }
        }
    }

    private mutating func put(_ number: Int, _ element: ElementType, _ table: Int) {
        for byte in 0..<element.byteCount { bytes[table].append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
    }
}

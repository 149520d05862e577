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
        var pieces = PieceDelivery(parts.map(piece), form, scenes.layout, to: receiver)
        let chunks = PatchChunk.cut(pieces.windows, scenes)
        var sent = 0
        for (number, windows) in chunks.enumerated() {
            // The system reads the next frames while these are worked on.
            if number == 0 { try scenes.source.willNeedInputs(of: windows) }
            if number + 1 < chunks.count { try scenes.source.willNeedInputs(of: chunks[number + 1]) }
            let chunk = try PatchChunk(windows, scenes, crew)
            try pieces.send(windows, draws: chunk.draws, values: values(of: chunk, after: sent))
            sent += chunk.count * scenes.layout.patchByteCount
        }
    }

    private func piece(_ part: FrameRange) -> (FrameRange, EnvironmentPlan.Piece) {
        let own = plan.shards.joined().first { $0.part == part.sequence && $0.patches == part.frames }
        guard let own else { preconditionFailure("a part that was not planned") }
        return (part, own)
    }

    /// Makes the values of a chunk; nil where it replaces no patch.
    ///
    /// - Parameter sent: bytes before these in the file. They begin at that place within a page of memory too, so that they are written
    ///   from where they are.
    private func values(of chunk: PatchChunk, after sent: Int) throws -> FrameBlock? {
        let count = chunk.count * scenes.layout.patchByteCount
        guard count > 0 else { return nil }
        let begin = sent % 4096
        let bytes = pool.take(begin + count)
        do {
            try chunk.fill(UnsafeMutableRawBufferPointer(rebasing: bytes[begin..<(begin + count)]), crew)
        } catch {
            pool.giveBack(bytes)
            throw error
        }
        return pool.lend(bytes, begin..<(begin + count))
    }
}

package import DataBank
package import SpaceTime
internal import Streaming

/// Makes a `frames` data set of whole copies, for programs that know nothing of patches: what `Ingestion` takes in. CopiesOnDisk.md,
/// "Whole copies".
///
/// A sequence is one copy of one window: its T input frames with the replaced patches, then its K target frames as they are.
package final class WholeCopiesBuild: FrameProvider {
    package let survey: Survey
    private let scenes: WindowScenes
    private let copier: WholeCopier
    private let crew: Crew
    private let pool = BlockPool(blocks: 4)

    /// Bytes handed over at a time, a copy at least.
    private static let stepBytes = 32 << 20

    /// - Throws: `.usage` where there are no copies.
    package init(_ scenes: WindowScenes, threads: Int) throws {
        guard scenes.maker.copies > 0 else { throw BankError(.usage, "no copies are asked for; take one or more") }
        self.scenes = scenes
        crew = Crew(threads: threads)
        let (source, plan) = (scenes.source, scenes.source.plan)
        copier = WholeCopier(scenes)
        let (root, rows) = (source.dataset, try source.dataset.sequences())
        let fields = copier.fields
        let numbers = fields.map { field in root.identity.fields.firstIndex { $0.name == field.name } ?? 0 }
        let copies = 1..<(scenes.maker.copies + 1)
        let surveys = (0..<source.windowCount).flatMap { number in
            let row = rows[source.window(number).sequence]
            return copies.map { copy in
                SequenceSurvey(
                    id: "\(scenes.name(source.window(number)))#\(copy)",
                    times: (row.times.count == 1 ? [0] : numbers).map { scenes.times(row.times[$0], ofWindow: number) },
                    group: row.group, split: row.split,
                    attributes: [
                        "window": .text(scenes.name(source.window(number))), "sample": .integer(Int64(number)),
                        "copy": .integer(Int64(copy)),
                    ])
            }
        }
        var notes = [
            "Each sequence is a copy of a window: \(plan.inputFrames) input frames, \(plan.targetFrames) target frames."
        ]
        if !root.identity.covariates.isEmpty {
            notes.append("Covariates stay with \(source.name); a copy changes none of them.")
        }
        survey = Survey(
            format: root.record.source, variant: root.record.variant, title: "Copies: \(root.record.title)",
            citation: root.record.citation, license: root.record.license, fields: fields,
            timeAxis: root.identity.timeAxis, sequences: surveys, sources: [], notes: notes, splitRule: .source,
            defaultInputFrames: plan.inputFrames, defaultTargetFrames: max(1, plan.targetFrames))
    }

    /// The request that makes the data set.
    package func request(as name: DatasetName, version: DatasetVersion? = nil) -> IngestRequest {
        var settings = scenes.settings
        settings["store"] = "full"
        let parts = survey.sequences.enumerated().map { number, sequence in
            SplitPlan.Part(
                id: sequence.id, range: FrameRange(sequence: number, frames: 0..<sequence.frameCount),
                split: sequence.split ?? .train)
        }
        var request = IngestRequest(name: name, version: version, readerVersion: 1, settings: settings, parts: parts)
        request.shardBytes = EnvironmentPlan.shardBytes
        request.derivation = Derivation(
            .frames, from: [scenes.source.digest, scenes.importance.digest],
            by: Identity.Step(name: "augment", version: 1, settings: settings, seed: scenes.recipe.seed))
        return request
    }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        let (copier, size) = (copier, copier.byteCount)
        let step = max(1, Self.stepBytes / size)
        for begin in stride(from: 0, to: parts.count, by: step) {
            let own = Array(parts[begin..<min(begin + step, parts.count)])
            let room = Room(bytes: pool.take(own.count * size))
            do {
                try crew.run(count: own.count) { index, scratch in
                    let bytes = room.bytes[(index * size)..<((index + 1) * size)]
                    try copier.make(own[index].sequence, into: UnsafeMutableRawBufferPointer(rebasing: bytes), scratch)
                }
            } catch {
                pool.giveBack(room.bytes)
                throw error
            }
            let block = pool.lend(room.bytes, 0..<(own.count * size))
            for (index, part) in own.enumerated() { try send(part, of: block, at: index * size, to: receiver) }
        }
    }

    /// `@unchecked Sendable`: threads write to different places.
    private struct Room: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
    }

    private func send(_ part: FrameRange, of block: FrameBlock, at begin: Int, to receiver: any FrameReceiver) throws {
        try receiver.begin(part, covariates: [])
        var begin = begin
        for (number, field) in survey.fields.enumerated() {
            let size = field.frameByteCount
            let own = (begin + part.frames.lowerBound * size)..<(begin + part.frames.upperBound * size)
            try receiver.receive(block.slice(own), field: number, count: part.frames.count)
            begin += copier.frames * size
        }
        try receiver.end()
    }
}

/// Makes whole copies, each by itself.
private struct WholeCopier: Sendable {
    private let scenes: WindowScenes
    /// Input, and target where it is another one.
    private let sides: [WindowSide]
    let fields: [Field]

    init(_ scenes: WindowScenes) {
        self.scenes = scenes
        let plan = scenes.source.plan
        sides = plan.inputField == plan.targetField ? [.input] : [.input, .target]
        fields = sides.map(scenes.source.croppedField)
    }

    /// T + K.
    var frames: Int { scenes.frames + scenes.source.plan.targetFrames }
    /// Room for one copy, all fields; the next one's numbers are aligned again.
    var byteCount: Int { (fields.reduce(0) { $0 + $1.frameByteCount } * frames + 63) & ~63 }

    /// - Parameter number: all copies of a window after those of the one before.
    func make(_ number: Int, into bytes: UnsafeMutableRawBufferPointer, _ scratch: SceneScratch) throws {
        let (source, maker) = (scenes.source, scenes.maker)
        let window = source.window(number / maker.copies)
        var begin = 0
        for (side, field) in zip(sides, fields) {
            let end = begin + frames * field.frameByteCount
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[begin..<end])
            try source.copyFrames(side, 0..<frames, of: window, into: room, scratch.fill)
            begin = end
        }
        let inputs = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<scenes.windowBytes])
        let map = try scenes.map(of: window, scratch)
        let scene = try scenes.scene(window, bytes: UnsafeRawBufferPointer(inputs), map, scratch)
        let draw = maker.draws(map, frames: scenes.frames, sample: window.key)[number % maker.copies]
        let values = try maker.values([draw], of: scene, scratch.mixing)
        EnvironmentCopy(draw: draw, values: values[...]).paste(scenes.layout, into: inputs)
    }
}

extension WindowScenes {
    /// What an identity says of how copies were made.
    var settings: [String: String] {
        var settings = recipe.settings(frames: frames)
        settings["plan"] = source.plan.text
        settings["patch"] = String(layout.grid.side)
        return settings
    }

    /// The times of a window's frames, out of its sequence's.
    fileprivate func times(_ all: FrameTimes, ofWindow number: Int) -> FrameTimes {
        let ranges = source.frameRanges(0..<(frames + source.plan.targetFrames), ofWindow: number)
        return FrameTimes(ranges.flatMap { all.slice($0).values })
    }
}

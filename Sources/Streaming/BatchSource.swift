internal import CStream
package import DataBank
package import SpaceTime
internal import Synchronization

/// Any batch of any epoch of a data set and a plan: a pure function of epoch, step and shard (StreamOrder.md).
package final class BatchSource: Sendable {
    /// As the user named it, pinned: `name@1.0.0#9f3c21a`.
    package let name: String
    package let digest: Digest
    package let dataset: Dataset
    package let plan: BatchPlan
    package let planDigest: String
    /// Windows of an epoch.
    package var windowCount: Int { windows.count }
    /// Samples of an epoch: windows, or with `appended` copies N + 1 times as many.
    package var sampleCount: Int { plan.copies == .appended ? windows.count * (1 + copies) : windows.count }
    /// N.
    package var copies: Int { copier?.source.copies ?? 0 }
    package let stepsPerEpoch: Int
    /// T, C, H, W; with copies side by side 1 + N, T, C, H, W.
    package let inputShape: [Int]
    /// K, C, H, W.
    package let targetShape: [Int]

    let windows: WindowTable
    let input: FieldFrames
    let target: FieldFrames
    private let copier: Copier?
    private let lastOrder = Mutex<(epoch: Int, order: EpochOrder)?>(nil)

    /// - Throws: `.usage` where the plan does not fit the data set or leaves no window, `.damaged` naming the file.
    package convenience init(_ id: String, in bank: Bank, _ request: PlanRequest) throws(BankError) {
        let ref = try bank.resolve(id)
        try self.init(Dataset(ref.digest, in: bank), called: ref.pinned, request)
    }

    /// - Parameters:
    ///   - name: as messages call the data set.
    ///   - other: the data set whose training split normalises the values; nil for the data set itself.
    package init(_ dataset: Dataset, called name: String, _ request: PlanRequest, valuesAs other: Dataset? = nil)
        throws(BankError)
    {
        self.name = name
        digest = dataset.digest
        self.dataset = dataset
        copier = nil
        guard request.environments == nil, request.copies == nil else {
            throw BankError(.usage, "this stream serves originals only; take the copies out of the plan")
        }
        plan = try request.resolved(for: dataset)
        planDigest = plan.digest
        guard dataset.identity.kind == .frames else {
            throw BankError(.usage, "\(name) holds \(dataset.identity.kind.rawValue), not frames; name its parent")
        }
        let fields = [plan.inputField, plan.targetField].map { name in
            dataset.identity.fields.firstIndex { $0.name == name } ?? 0
        }
        let tables = [try PieceTable(dataset, field: fields[0]), try PieceTable(dataset, field: fields[1])]
        windows = try BatchSource.windows(of: dataset, plan, fields: fields, tables)
        guard windows.count > 0 else { throw BatchSource.noWindow(String(name.prefix { $0 != "#" }), plan) }
        stepsPerEpoch = plan.dropLast ? windows.count / plan.batchSize : (windows.count - 1) / plan.batchSize + 1
        guard stepsPerEpoch > 0 else {
            throw BankError(
                .usage,
                "\(name) has \(windows.count) windows, fewer than a batch of \(plan.batchSize); keep the last batch")
        }
        input = try BatchSource.frames(of: dataset, plan, field: fields[0], tables[0], valuesAs: other)
        target =
            fields[0] == fields[1]
            ? input : try BatchSource.frames(of: dataset, plan, field: fields[1], tables[1], valuesAs: other)
        let shape = { (frames: FieldFrames, count: Int) in
            [count, frames.layout.field.channels, frames.layout.rows, frames.layout.columns]
        }
        inputShape = shape(input, plan.inputFrames)
        targetShape = shape(target, plan.targetFrames)
        try checkGrids()
    }

    /// The same windows with copies.
    ///
    /// - Throws: `.usage` where the plan's crop differs from window to window or it resizes.
    package init(_ base: BatchSource, with environments: any EnvironmentSource, as mode: CopyMode) throws(BankError) {
        var plan = base.plan
        plan.environments = environments.identity
        plan.copies = mode
        self.plan = plan
        name = base.name
        digest = base.digest
        dataset = base.dataset
        planDigest = plan.digest
        windows = base.windows
        input = base.input
        target = base.target
        targetShape = base.targetShape
        let samples = mode == .appended ? windows.count * (1 + environments.copies) : windows.count
        stepsPerEpoch = plan.dropLast ? samples / plan.batchSize : (samples - 1) / plan.batchSize + 1
        guard stepsPerEpoch > 0 else {
            throw BankError(
                .usage, "there are \(samples) samples, fewer than a batch of \(plan.batchSize); keep the last batch")
        }
        inputShape = mode == .parallel ? [1 + environments.copies] + base.inputShape : base.inputShape
        copier = try Copier(environments, plan, base)
    }

    private func checkGrids() throws(BankError) {
        let (own, other) = (input.layout.field, target.layout.field)
        guard plan.crop != nil, (own.rows, own.columns) != (other.rows, other.columns) else { return }
        throw BankError(
            .usage,
            "`\(own.name)` and `\(other.name)` have different grids, so a crop cannot be taken from both; "
                + "ingest them cropped")
    }

    private static func noWindow(_ id: String, _ plan: BatchPlan) -> BankError {
        let length = plan.inputFrames + plan.targetFrames
        return BankError(
            .usage,
            "\(id) has no window of \(plan.inputFrames) + \(plan.targetFrames) frames in split `\(plan.split.rawValue)`: "
                + "no run of \(length) frames without gap, border or missing frame; "
                + "take shorter lengths, another split, or allow gaps (cross_gaps) or missing frames (keep_missing)")
    }

    private static func frames(
        of dataset: Dataset, _ plan: BatchPlan, field: Int, _ pieces: PieceTable, valuesAs other: Dataset?
    ) throws(BankError) -> FieldFrames {
        let source = other ?? dataset
        let name = dataset.identity.fields[field].name
        let number = source.identity.fields.firstIndex { $0.name == name } ?? 0
        let rule = try ChannelRule(plan.normalise, field: number, of: source, source: source.record.source)
        guard rule.scales.count == dataset.identity.fields[field].channels else {
            let (own, theirs) = (dataset.identity.fields[field].channels, rule.scales.count)
            throw BankError(.usage, "`\(name)` has \(own) channels here, \(theirs) in the data set that normalises")
        }
        // Batches that outgrow the caches are written past them.
        let frame = dataset.identity.fields[field].elementsPerFrame * 4
        let pastCache = plan.batchSize * (plan.inputFrames + plan.targetFrames) * frame >= 4 << 20
        let layout = try ValueLayout(dataset.identity.fields[field], rule, plan, pastCache: pastCache)
        return try FieldFrames(StoredFrames(dataset, field: field, pieces: pieces), layout: layout)
    }

    private static func windows(of dataset: Dataset, _ plan: BatchPlan, fields: [Int], _ pieces: [PieceTable])
        throws(BankError) -> WindowTable
    {
        let own = fields[0] == fields[1] ? [fields[0]] : fields
        let kept = KeptFrames(
            axis: dataset.identity.timeAxis, crossGaps: plan.crossGaps, keepMissing: plan.keepMissing)
        var table = WindowTable(length: plan.inputFrames + plan.targetFrames, stride: plan.stride)
        try SequenceTable.read(dataset) { number, line throws(BankError) in
            guard line.split == plan.split else { return }
            for table in pieces where table.frames(ofSequence: number) != line.frames {
                throw BankError(
                    .damaged, "the pieces of sequence `\(line.id)` are not its \(line.frames) frames",
                    path: dataset.folder)
            }
            let times = line.times.count == 1 ? line.times : own.map { line.times[$0] }
            let runs = kept.runs(
                frames: line.frames, times: times, segments: line.segments, missing: own.flatMap { line.missing[$0] })
            let hash = KeyedRandom.hash(of: line.id)
            for run in runs { table.add(sequence: number, idHash: hash, kept: run) }
        }
        return table
    }

    /// The order of an epoch; the last one asked for is kept.
    private func order(of epoch: Int) -> EpochOrder {
        lastOrder.withLock { kept in
            if let kept, kept.epoch == epoch { return kept.order }
            let order = EpochOrder(plan.order, windows: sampleCount, seed: plan.seed, epoch: epoch)
            kept = (epoch, order)
            return order
        }
    }

    /// One batch to be filled, slot by slot.
    struct Work: Sendable {
        let epoch: Int
        let firstPlace: Int
        let order: EpochOrder
    }

    func work(epoch: Int, step: Int, shard: Shard) throws(BankError) -> Work {
        let share = try shard.share(ofBatch: plan.batchSize)
        guard epoch >= 0, (0..<stepsPerEpoch).contains(step) else {
            throw BankError(.usage, "epoch \(epoch), step \(step): an epoch has \(stepsPerEpoch) steps")
        }
        return Work(epoch: epoch, firstPlace: step * plan.batchSize + shard.rank * share, order: order(of: epoch))
    }

    /// Fills one slot of a batch.
    func fill(slot: Int, of work: Work, _ memory: BatchMemory, _ scratch: FillScratch) throws(BankError) {
        let place = work.firstPlace + slot
        let sample = work.order.window(at: place % sampleCount)
        let window = windows.window(sample % windows.count)
        let copy = sample / windows.count
        memory.valid?[slot] = place < sampleCount ? 1 : 0
        memory.windows?[slot] = Int64(window.number)
        memory.sequences?[slot] = Int64(window.sequence)
        memory.firstFrames?[slot] = Int64(window.firstFrame)
        memory.copies?[slot] = Int64(copy)
        let crop = cropPlace(of: window, epoch: work.epoch)
        let count = inputShape.reduce(1, *)
        let inputs = FieldFrames.Target(
            values: memory.inputs + slot * count, mask: memory.inputMask.map { $0 + slot * count })
        if let copier, copy > 0 || plan.copies == .parallel {
            let wanted = copy > 0 ? copy...copy : 0...copier.source.copies
            try copier.fill(wanted, of: window, in: self, crop, inputs, scratch)
        } else {
            try convert(input, window, 0..<plan.inputFrames, crop, inputs, scratch, work)
        }
        let targetCount = targetShape.reduce(1, *)
        let targets = FieldFrames.Target(
            values: memory.targets + slot * targetCount, mask: memory.targetMask.map { $0 + slot * targetCount })
        let targetFrames = plan.inputFrames..<(plan.inputFrames + plan.targetFrames)
        try convert(target, window, targetFrames, crop, targets, scratch, work)
    }

    private func convert(
        _ frames: FieldFrames, _ window: WindowPlace, _ range: Range<Int>, _ crop: (row: Int, column: Int),
        _ target: FieldFrames.Target, _ scratch: FillScratch, _ work: Work
    ) throws(BankError) {
        var target = target
        try windows.frames(ofWindow: window.number, range) { part throws(BankError) in
            try frames.convert(
                sequence: window.sequence, frames: part, place: crop, into: target, scratch, readsAhead: work.epoch == 0
            )
            target.advance(by: part.count * frames.layout.elementsPerFrame)
        }
    }

    func cropPlace(of window: WindowPlace, epoch: Int) -> (row: Int, column: Int) {
        guard let crop = plan.crop else { return (0, 0) }
        let room = (input.layout.field.rows - crop.rows, input.layout.field.columns - crop.columns)
        switch crop.place {
        case .centre: return (room.0 / 2, room.1 / 2)
        case .fixed(let row, let column): return (row, column)
        case .random:
            let random = KeyedRandom(seed: plan.seed)
            let draw = { (axis: UInt64, room: Int) in
                let bits = random.bits(StreamPurpose.crop, window.key, UInt64(epoch), axis)
                return Int(KeyedRandom.unit(bits) * Double(room + 1))
            }
            return (draw(0, room.0), draw(1, room.1))
        }
    }

    /// Fills a whole batch with `threads` threads, the calling one among them.
    package func fill(epoch: Int, step: Int, shard: Shard = .whole, into memory: BatchMemory, threads: Int = 1)
        throws(BankError)
    {
        let work = try work(epoch: epoch, step: step, shard: shard)
        cs_guard()
        try FillCrew.run(count: plan.batchSize / shard.world, threads: threads) { slot, scratch throws(BankError) in
            try self.fill(slot: slot, of: work, memory, scratch)
        }
    }
}

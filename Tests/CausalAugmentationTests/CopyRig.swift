import ArrayFiles
import BankRig
import CausalAugmentation
import DataBank
import SpaceTime
import Streaming
import Testing

/// A bank with a data set of random shape and type, importance of its patches, and copies of its windows.
struct CopyRig {
    let temporary: TemporaryBank
    let field: Field
    let layout: TokenLayout
    let recipe: AugmentRecipe
    /// Of the windows that copies are made of.
    let plan: PlanRequest

    var bank: Bank { temporary.bank }

    init(seed: UInt64, recipe: AugmentRecipe? = nil, archive: Bool = false) throws {
        var numbers = Numbers(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 7)
        temporary = try TemporaryBank()
        field = CopyRig.field(&numbers)
        layout = TokenLayout.allCases.randomElement(using: &numbers) ?? .frame
        var request = PlanRequest()
        request.inputFrames = Int.random(in: 1...5, using: &numbers)
        request.targetFrames = Int.random(in: 0...3, using: &numbers)
        request.stride = Int.random(in: 1...3, using: &numbers)
        if Bool.random(using: &numbers) {
            request.crop = BatchPlan.Crop(
                rows: field.rows - 1, columns: field.columns - 2,
                place: Bool.random(using: &numbers) ? .centre : .fixed(row: 1, column: 0))
        }
        plan = request
        self.recipe = recipe ?? CopyRig.recipe(&numbers)
        try CopyRig.ingest(field, in: temporary, archive: archive, &numbers)
        try makeImportance(seed: seed)
    }

    private static func field(_ numbers: inout Numbers) -> Field {
        let element = ElementType.allCases.randomElement(using: &numbers) ?? .float32
        return Field(
            name: "rain", element: element, channels: Int.random(in: 1...2, using: &numbers),
            rows: Int.random(in: 9...14, using: &numbers), columns: Int.random(in: 9...14, using: &numbers),
            missing: Bool.random(using: &numbers) ? [.integer(3)] : [])
    }

    private static func recipe(_ numbers: inout Numbers) -> AugmentRecipe {
        var recipe = AugmentRecipe()
        recipe.seed = numbers.next()
        recipe.copies = Int.random(in: 1...3, using: &numbers)
        recipe.explorer = Int.random(in: 0..<4, using: &numbers) == 0 ? .swap : .mix
        recipe.kappa = [0, 0.5, 1].randomElement(using: &numbers) ?? 0.5
        recipe.eta = [1, 1, 0.5].randomElement(using: &numbers) ?? 1
        recipe.spatial = DistriXplorer.Spatial.allCases.randomElement(using: &numbers) ?? .importance
        recipe.temporal = AugmentRecipe.Temporal.allCases.randomElement(using: &numbers) ?? .geometric
        recipe.tau = 1.5
        recipe.history = [nil, nil, 1].randomElement(using: &numbers) ?? nil
        recipe.normaliseTime = Int.random(in: 0..<4, using: &numbers) > 0
        recipe.selection = Int.random(in: 0..<4, using: &numbers) == 0 ? .all : .gaussian
        recipe.sigma = Double.random(in: 0.2...4, using: &numbers)
        recipe.unit = GaussianSelection.Unit.allCases.randomElement(using: &numbers) ?? .patch
        recipe.rate = Int.random(in: 0..<3, using: &numbers) == 0 ? .density : .peak
        recipe.dedupe = Bool.random(using: &numbers)
        return recipe
    }

    private static func ingest(
        _ field: Field, in temporary: TemporaryBank, archive: Bool, _ numbers: inout Numbers
    ) throws {
        var surveys: [SequenceSurvey] = []
        var frames: [[[UInt8]]] = []
        for number in 0..<6 {
            let count = Int.random(in: 6...12, using: &numbers)
            // A repeated time in the middle, so that windows fall into two runs of bytes.
            let times = (0..<count).map { Int64($0 > count / 2 ? $0 - 1 : $0) }
            surveys.append(
                SequenceSurvey(
                    id: "sequence-\(number)", times: [FrameTimes(times)],
                    split: number == 4 ? .validation : number == 5 ? .test : .train))
            let values = (0..<(count * field.elementsPerFrame)).flatMap { _ in value(field.element, &numbers) }
            frames.append([values])
        }
        let survey = Survey(
            format: "memory", variant: "copies", title: "Random numbers", fields: [field],
            timeAxis: TimeAxis(kind: .counter, cadence: 1), sequences: surveys, sources: [], splitRule: .source)
        _ = try temporary.ingest(MemoryProvider(survey, frames: frames), as: "root") { $0.archive = archive }
    }

    /// Small numbers, at times missing or as large as the type holds.
    private static func value(_ element: ElementType, _ numbers: inout Numbers) -> [UInt8] {
        let odd = Int.random(in: 0..<40, using: &numbers)
        let whole = Int.random(in: 0...100, using: &numbers)
        switch element {
        case .float32:
            let value = odd == 0 ? Float.nan : odd == 1 ? -0.0 : Float(whole) / 7
            return withUnsafeBytes(of: value) { Array($0) }
        case .float64:
            let value = odd == 0 ? Double.nan : odd == 1 ? -0.0 : Double(whole) / 7
            return withUnsafeBytes(of: value) { Array($0) }
        default:
            let bits = odd == 0 ? ~0 : whole
            return Array(withUnsafeBytes(of: Int64(bits).littleEndian) { Array($0) }.prefix(element.byteCount))
        }
    }

    private func makeImportance(seed: UInt64) throws {
        let source = try BatchSource("root", in: bank, plan)
        let field = try source.copyField()
        let grid = try PatchGrid(fieldRows: field.rows, fieldColumns: field.columns, side: 3)
        let maps = layout == .joint ? source.plan.inputFrames : 1
        let random = KeyedRandom(seed: seed)
        let build = try ImportanceBuild(of: source, layout: layout, grid: grid, frames: maps, size: .ratio(0.3))
        for (sequence, row) in try source.dataset.sequences().enumerated() {
            let windows = source.windows(ofSequence: sequence)
            if windows.isEmpty { continue }
            for frame in layout == .frame ? Array(0..<row.frames) : windows.map({ source.window($0).firstFrame }) {
                let scores = (0..<(maps * grid.count)).map {
                    KeyedRandom.unit(random.bits(UInt64(sequence), UInt64(frame), UInt64($0)))
                }
                try build.append(build.map(scores), ofSequence: sequence, frame: frame)
            }
        }
        let request = try build.request(
            as: #require(DatasetName("importance")), settings: ["upstream": "random"], seed: seed)
        _ = try Ingestion(into: bank, from: build, request, shell: NetCDFShell()).run()
    }

    /// The windows, importance and recipe.
    func scenes() throws -> WindowScenes {
        try WindowScenes(BatchSource("root", in: bank, plan), ImportanceSet("importance", in: bank), recipe)
    }

    /// What stores the copies.
    func ingestion(
        as name: String = "copies", threads: Int = 2, pieceBytes: Int = EnvironmentPlan.pieceBytes,
        shardBytes: Int = EnvironmentPlan.shardBytes, report: @escaping (IngestEvent) throws -> Void = { _ in }
    ) throws -> Ingestion {
        let scenes = try scenes()
        let plan = try EnvironmentPlan(scenes, pieceBytes: pieceBytes, shardBytes: shardBytes, threads: threads)
        let build = try EnvironmentBuild(scenes, plan, threads: threads)
        let request = build.request(as: try #require(DatasetName(name)))
        return Ingestion(into: bank, from: build, request, shell: NetCDFShell(), report: report)
    }

    /// Stores the copies.
    @discardableResult
    func augment(
        as name: String = "copies", threads: Int = 2, pieceBytes: Int = EnvironmentPlan.pieceBytes,
        shardBytes: Int = EnvironmentPlan.shardBytes
    ) throws -> DatasetRef {
        try ingestion(as: name, threads: threads, pieceBytes: pieceBytes, shardBytes: shardBytes).run().ref
    }

    /// The recipe as a plan's `environments`, made on the fly.
    func flying(frames: Int) -> JSONValue {
        var members = recipe.settings(frames: frames).mapValues { JSONValue.text($0) }
        members["importance"] = .text("importance")
        members["seed"] = .text(String(recipe.seed))
        return .object(members)
    }
}

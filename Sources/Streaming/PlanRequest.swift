internal import DataBank
public import SpaceTime

/// What a user says of a plan; nil where the default is meant. StreamOrder.md, "A plan as JSON".
public struct PlanRequest: Hashable, Sendable {
    public var inputField: String?
    public var targetField: String?
    public var split: Split?
    public var inputFrames: Int?
    public var targetFrames: Int?
    public var stride: Int?
    public var crop: BatchPlan.Crop?
    public var resize: BatchPlan.Size?
    public var batchSize: Int?
    public var seed: UInt64?
    public var order: BatchPlan.Order?
    public var normalise: Normalisation?
    public var fill: Float?
    public var dropLast: Bool?
    public var crossGaps: Bool?
    public var keepMissing: Bool?
    /// Copies that go with the originals: the name of an environments data set, or the recipe that they are made by on the fly.
    package var environments: JSONValue?
    package var copies: CopyMode?

    public init() {}

    static let defaultBlocks = BatchPlan.Order.blocks(size: 256, mixed: 16)

    /// Fills in the defaults.
    ///
    /// - Throws: `.usage` where something does not fit the data set.
    func resolved(for dataset: Dataset) throws(BankError) -> BatchPlan {
        let names = dataset.identity.fields.map(\.name)
        let input = inputField ?? names.first ?? ""
        let split = split ?? .train
        let plan = BatchPlan(
            inputField: input, targetField: targetField ?? input, split: split,
            inputFrames: inputFrames ?? dataset.record.defaultPlan.inputFrames,
            targetFrames: targetFrames ?? dataset.record.defaultPlan.targetFrames,
            stride: stride ?? 1, crop: crop, resize: resize, batchSize: batchSize ?? 16, seed: seed ?? 0,
            order: order ?? (split == .train ? .shuffled : .stored), normalise: normalise ?? .none, fill: fill ?? .nan,
            dropLast: dropLast ?? false, crossGaps: crossGaps ?? false, keepMissing: keepMissing ?? false)
        for field in [plan.inputField, plan.targetField] where !names.contains(field) {
            throw BankError(.usage, "there is no field `\(field)`; there are \(names.joined(separator: ", "))")
        }
        try PlanRequest.checkNumbers(of: plan)
        return plan
    }

    /// Sides and counts that make products of them fit into 64 bits.
    private static let largest = 1 << 24

    private static func checkNumbers(of plan: BatchPlan) throws(BankError) {
        let positive = [
            ("input_frames", plan.inputFrames), ("stride", plan.stride), ("batch_size", plan.batchSize),
            ("crop rows", plan.crop?.rows ?? 1), ("crop columns", plan.crop?.columns ?? 1),
            ("resize rows", plan.resize?.rows ?? 1), ("resize columns", plan.resize?.columns ?? 1),
        ]
        for (name, value) in positive where !(1...largest).contains(value) {
            throw BankError(.usage, "\(name) is \(value); it takes 1 to \(largest)")
        }
        guard (0...largest).contains(plan.targetFrames) else {
            throw BankError(.usage, "target_frames is \(plan.targetFrames); it takes 0 to \(largest)")
        }
        if case .blocks(let size, let mixed) = plan.order,
            !(1...largest).contains(size) || !(1...largest).contains(mixed)
        {
            throw BankError(.usage, "block_windows and blocks_mixed take 1 to \(largest)")
        }
        if plan.fill.isInfinite { throw BankError(.usage, "fill takes a number or nan") }
    }
}

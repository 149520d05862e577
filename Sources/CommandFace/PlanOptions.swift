package import ArgumentParser
internal import DataBank
internal import FoundationEssentials
package import SpaceTime
package import Streaming

/// The options that make a plan.
package struct PlanOptions: ParsableArguments {
    package init() {}

    @Option(help: ArgumentHelp("A plan as JSON, or a file with one; the options beside it win.", valueName: "json"))
    package var plan: String?

    @Option(help: "The input field; the first where not given.")
    package var field: String?

    @Option(help: "The target field; the input field where not given.")
    package var targetField: String?

    @Option(help: "train, validation or test.")
    package var split: String?

    @Option(name: .customLong("input"), help: "Input frames, T; the data set's default where not given.")
    package var inputFrames: Int?

    @Option(name: .customLong("target"), help: "Target frames, K; the data set's default where not given.")
    package var targetFrames: Int?

    @Option(help: "Frames from one window's start to the next; 1 where not given.")
    package var stride: Int?

    @Option(help: "HxW from the centre, HxW@ROW,COLUMN, or random:HxW.")
    package var crop: String?

    @Option(help: "HxW: bilinear, after the crop.")
    package var resize: String?

    @Option(name: .customLong("batch"), help: "Samples a batch over all processes; 16 where not given.")
    package var batchSize: Int?

    @Option(help: "Seed of the order; 0 where not given.")
    package var seed: UInt64?

    @Option(help: "shuffled, stored, or blocks[:WINDOWS[xMIXED]]; shuffled for training, else stored.")
    package var order: String?

    @Option(help: "none, standard, minmax, log, benchmark, or affine:A,B.")
    package var normalise: String?

    @Option(help: "What missing elements become: nan or a number, in the units of the batch.")
    package var fill: String?

    @Flag(help: "Leave out the last batch of an epoch where it is not full.")
    package var dropLast = false

    @Flag(help: "Let windows cross gaps in time.")
    package var crossGaps = false

    @Flag(help: "Let windows hold frames without any value.")
    package var keepMissing = false

    @Option(help: "An environments data set, or a recipe as JSON: {\"importance\":ID,\"copies\":3}.")
    var environments: String?

    @Option(help: "How copies come: parallel (side by side) or appended (as more samples).")
    var copies: String?

    /// What the user asks for.
    package func request() throws -> PlanRequest {
        var request = PlanRequest()
        if let plan { request = try PlanRequest(PlanOptions.json(plan)) }
        request.inputField = field ?? request.inputField
        request.targetField = targetField ?? request.targetField
        request.split = try split.map { try word("--split", $0, Split.init(rawValue:)) } ?? request.split
        request.inputFrames = inputFrames ?? request.inputFrames
        request.targetFrames = targetFrames ?? request.targetFrames
        request.stride = stride ?? request.stride
        request.crop = try crop.map { try word("--crop", $0, PlanOptions.crop) } ?? request.crop
        request.resize = try resize.map { try word("--resize", $0, PlanOptions.size) } ?? request.resize
        request.batchSize = batchSize ?? request.batchSize
        request.seed = seed ?? request.seed
        request.order = try order.map { try word("--order", $0, PlanOptions.order) } ?? request.order
        request.normalise =
            try normalise.map { try word("--normalise", $0, Normalisation.init(_:)) } ?? request.normalise
        request.fill = try fill.map { try word("--fill", $0, Float.init(_:)) } ?? request.fill
        if let environments {
            request.environments =
                environments.drop { $0 == " " }.first == "{"
                ? try PlanOptions.json(environments) : .text(environments)
        }
        request.copies = try copies.map { try word("--copies", $0, CopyMode.init(rawValue:)) } ?? request.copies
        if dropLast { request.dropLast = true }
        if crossGaps { request.crossGaps = true }
        if keepMissing { request.keepMissing = true }
        return request
    }

    private func word<Value>(_ option: String, _ text: String, _ make: (String) -> Value?) throws -> Value {
        guard let value = make(text) else {
            throw BankError(.usage, "\(option) does not take `\(text)`; see `stbank help stream`")
        }
        return value
    }

    /// JSON text, or the JSON in a file.
    package static func json(_ text: String) throws -> JSONValue {
        let isText = text.drop { $0 == " " }.first == "{"
        guard let content = isText ? text : try Disk.text(of: text, limit: 1 << 20) else {
            throw BankError(.usage, "there is no such file", path: text)
        }
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(content.utf8)) else {
            throw BankError(.usage, "is no JSON", path: isText ? nil : text)
        }
        return value
    }

    private static func sides(_ text: some StringProtocol, _ separator: Character) -> (Int, Int)? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let first = parts[0], let second = parts[1] else { return nil }
        return (first, second)
    }

    private static func size(_ text: String) -> BatchPlan.Size? {
        sides(text, "x").map { BatchPlan.Size(rows: $0.0, columns: $0.1) }
    }

    private static func crop(_ text: String) -> BatchPlan.Crop? {
        if text.hasPrefix("random:") {
            return sides(text.dropFirst(7), "x").map { BatchPlan.Crop(rows: $0.0, columns: $0.1, place: .random) }
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard let size = parts.first.flatMap({ sides($0, "x") }), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return BatchPlan.Crop(rows: size.0, columns: size.1) }
        return sides(parts[1], ",").map {
            BatchPlan.Crop(rows: size.0, columns: size.1, place: .fixed(row: $0.0, column: $0.1))
        }
    }

    private static func order(_ text: String) -> BatchPlan.Order? {
        if text == "stored" { return .stored }
        if text == "shuffled" { return .shuffled }
        guard text == "blocks" || text.hasPrefix("blocks:") else { return nil }
        guard text != "blocks" else { return .blocks(size: 256, mixed: 16) }
        let rest = text.dropFirst(7)
        if let both = sides(rest, "x") { return .blocks(size: both.0, mixed: both.1) }
        return Int(rest).map { .blocks(size: $0, mixed: 16) }
    }
}

import ArgumentParser
import CommandFace
import Streaming

/// The windows and values that an upstream network is fed with: options of a plan under names that leave room for others.
struct WindowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A plan as JSON, or a file with one; the options beside it win.", valueName: "json"))
    var plan: String?

    @Option(help: "The field; the first where not given.")
    var field: String?

    @Option(name: .customLong("input"), help: "Input frames, T; the data set's default where not given.")
    var inputFrames: Int?

    @Option(name: .customLong("target"), help: "Target frames, K; the data set's default where not given.")
    var targetFrames: Int?

    @Option(help: "Frames from one window's start to the next; 1 where not given.")
    var stride: Int?

    @Option(help: "HxW from the centre, or HxW@ROW,COLUMN.")
    var crop: String?

    @Option(help: "HxW: bilinear, after the crop.")
    var resize: String?

    @Option(name: .customLong("batch"), help: "Windows a batch; 16 where not given.")
    var batchSize: Int?

    @Option(help: "What becomes of the values: standard (default), none, minmax, log, benchmark, or affine:A,B.")
    var values: String?

    @Option(
        help: "What missing elements become, in the batch's units. Without: 0 for the network, and no loss in train.")
    var fill: String?

    @Flag(help: "Let windows cross gaps in time.")
    var crossGaps = false

    @Flag(help: "Let windows hold frames without any value.")
    var keepMissing = false

    func request() throws -> PlanRequest {
        let pairs: [(String, String?)] = [
            ("plan", plan), ("field", field), ("input", inputFrames.map { "\($0)" }),
            ("target", targetFrames.map { "\($0)" }), ("stride", stride.map { "\($0)" }), ("crop", crop),
            ("resize", resize), ("batch", batchSize.map { "\($0)" }), ("normalise", values), ("fill", fill),
        ]
        var words = pairs.flatMap { name, value in value.map { ["--\(name)=\($0)"] } ?? [] }
        if crossGaps { words.append("--cross-gaps") }
        if keepMissing { words.append("--keep-missing") }
        return try PlanOptions.parse(words).request()
    }
}

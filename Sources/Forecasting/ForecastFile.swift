internal import ArrayFiles
internal import DataBank
internal import Glibc
internal import Metrics
internal import SpaceTime

/// Forecasts as a netCDF-4 file that any tool opens: `predictions` beside the `inputs` they were made from and the `targets`
/// that came, float32 in the field's own units, NaN where missing.
final class ForecastFile {
    private let path: String
    private let staged: String
    private let descriptor: Int32
    private let offsets: [String: Int]
    private let frame: Int
    private let (inputs, outputs): (Int, Int)
    private var samples = 0

    /// What stands beside the frames.
    struct Description {
        var title: String
        /// The run.
        var source: String
        var field: Field
        var axis: TimeAxis
        var inputFrames: Int
        /// Of one sample, K, C, H, W.
        var shape: [Int]
        /// One a sample.
        var sequences: [String]
        var firstFrames: [Int]
        /// Of a sample's input and target frames.
        var times: [[Int64]]
    }

    /// Lays out the file beside its final place.
    init(_ description: Description, at path: String) throws {
        self.path = path
        staged = path + ".tmp"
        frame = description.shape[1...].reduce(1, *)
        (inputs, outputs) = (description.inputFrames, description.shape[0])
        let layout = description.layout
        let shell = try NetCDFShell.write(layout, to: staged)
        offsets = shell.offsets.merging([layout.payload.name: shell.payloadOffset]) { $1 }
        descriptor = open(staged, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure("write", staged) }
        try Disk.allocate(shell.fileSize, for: descriptor, path: staged)
    }

    deinit {
        close(descriptor)
        unlink(staged)
    }

    /// The next samples.
    func append(_ batch: ForecastBatch, count: Int) throws {
        for sample in 0..<count {
            for number in 0..<inputs { try write(batch.input(sample, number), to: "inputs", samples * inputs + number) }
            for lead in 0..<outputs {
                try write(batch.expected(sample, lead: lead), to: "targets", samples * outputs + lead)
                try write(batch.forecast(sample, lead: lead), to: "predictions", samples * outputs + lead)
            }
            samples += 1
        }
    }

    private func write(_ frame: Frame, to variable: String, _ number: Int) throws {
        let values = frame.values.map(Float.init)
        let offset = (offsets[variable] ?? 0) + number * self.frame * 4
        try values.withUnsafeBytes { try Disk.write($0, to: descriptor, at: offset, path: staged) }
    }

    /// The file appears at its place.
    func finish() throws {
        try Disk.sync(descriptor, path: staged)
        try Disk.rename(staged, to: path)
    }
}

extension ForecastFile.Description {
    fileprivate var layout: PayloadLayout {
        let identities = TextColumn("sequence_id", sequences)
        let sizes = [
            ("sample", sequences.count), ("input_frame", inputFrames), ("target_frame", shape[0]),
            ("channel", shape[1]), ("row", shape[2]), ("column", shape[3]),
        ]
        return PayloadLayout(
            attributes: [
                PayloadLayout.Attribute("Conventions", "CF-1.11 ACDD-1.3"), PayloadLayout.Attribute("title", title),
                PayloadLayout.Attribute("source", source),
            ],
            dimensions: sizes.map { PayloadLayout.Dimension($0.0, $0.1) } + [identities.dimension],
            payload: frames("predictions", "target_frame", "forecast"),
            variables: [
                frames("targets", "target_frame", "what came"), frames("inputs", "input_frame", "what was known"),
                identities.variable(over: "sample"),
                numbers(
                    "first_frame", ["sample"], firstFrames.map(Int64.init),
                    [
                        PayloadLayout.Attribute("long_name", "number of the first input frame in its sequence")
                    ]),
                numbers(
                    "input_time", ["sample", "input_frame"], times.flatMap { $0.prefix(inputFrames) },
                    axis.attributes(longName: "time of the input frame")),
                numbers(
                    "target_time", ["sample", "target_frame"], times.flatMap { $0.dropFirst(inputFrames) },
                    axis.attributes(longName: "time of the target frame")),
            ])
    }

    private func frames(_ name: String, _ axis: String, _ what: String) -> PayloadLayout.Variable {
        var plain = field
        (plain.element, plain.scale, plain.offset, plain.missing) = (.float32, 1, 0, [])
        plain.longName = "\(field.longName): \(what)"
        let time = axis == "input_frame" ? "input_time" : "target_time"
        var variable = PayloadLayout.Variable(
            name, .float32, ["sample", axis, "channel", "row", "column"],
            plain.valueAttributes(coordinates: "\(time) sequence_id"), bytes: [])
        variable.isWrittenLater = true
        return variable
    }

    private func numbers(
        _ name: String, _ dimensions: [String], _ values: [Int64], _ attributes: [PayloadLayout.Attribute]
    ) -> PayloadLayout.Variable {
        let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        return PayloadLayout.Variable(name, .int64, dimensions, attributes, bytes: bytes)
    }
}

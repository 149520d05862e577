internal import DataBank
internal import FoundationEssentials
internal import Networks
internal import SpaceTime
internal import Streaming
internal import Tensors
internal import Training

/// All that decides a training's result to the last bit: the settings of a run's record, and what evaluation builds from.
struct RunSettings: Codable {
    var model: String
    var preset: String
    /// Under the reference's names.
    var network: JSONValue
    var shape: ForecastShape
    /// Sides of the frame that the network works on.
    var padded: FrameSize
    var plan: JSONValue
    /// nil where nothing was held out.
    var validation: JSONValue?
    var fit: FitSettings
    var prior: [Double]?
    var isOneByOne: Bool
    /// Of the weights it began with.
    var initial: Digest?
    var seed: String
    var threads: Int
    var device: String
    var libtorch: String

    init(_ form: NetworkForm, _ streams: TrainingStreams, _ fit: FitSettings, seed: UInt64, preset: String) {
        (model, network, shape, padded) = (form.model, form.settings, form.shape, form.padded)
        (plan, validation) = (streams.training.plan.value, streams.validation?.plan.value)
        (self.fit, self.preset, self.seed) = (fit, preset, String(seed))
        isOneByOne = false
        (threads, device, libtorch) = (Engine.threadCount, "cpu", Engine.version)
    }

    func text() throws -> String { try CanonicalCoding.text(of: self) }

    /// - Throws: `.damaged` where a run's settings are not those of a forecaster.
    init(of record: RunRecord) throws(BankError) {
        guard record.verb == "train", let found = try? CanonicalCoding.value(RunSettings.self, from: record.settings)
        else {
            throw BankError(
                .usage, "the run \(record.id) trained no forecaster (\(record.verb)); `stbank train` makes one")
        }
        self = found
    }
}

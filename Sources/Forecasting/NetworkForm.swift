internal import DataBank
internal import FoundationEssentials
internal import Networks
internal import SpaceTime
internal import Tensors

/// A network's settings made to fit frames: what is not chosen follows from their size.
struct NetworkForm: Hashable {
    /// Such as `simvp`.
    let model: String
    /// Under the reference's constructor names.
    let settings: JSONValue
    let shape: ForecastShape
    /// The frame the network works on; larger where the chosen sizes do not divide the frame.
    let padded: FrameSize

    /// - Parameters:
    ///   - chosen: settings under the reference's names; sizes of frames are filled in.
    ///   - plannedSteps: of a training whose sampling of true frames is stretched over it; nil leaves the steps as chosen.
    /// - Throws: `.usage` where no size near the frame's makes a network of these settings.
    init(_ model: String, _ chosen: [String: JSONValue], _ shape: ForecastShape, plannedSteps: Int? = nil) throws {
        self.model = model
        self.shape = shape
        guard let family = NetworkFamily(model) else {
            throw BankError(
                .usage, "there is no network `\(model)`; there are \(NetworkFamily.names.joined(separator: ", "))")
        }
        try NetworkForm.check(chosen, of: model, family)
        var chosen = chosen
        if let plannedSteps, family == .recurrent { chosen.fill(from: NetworkForm.sampling(over: plannedSteps)) }
        var refusal: String?
        for frame in NetworkForm.frames(from: shape.frame) {
            var sized = shape
            sized.frame = frame
            for guess in family.guesses(for: frame) {
                var members = chosen
                members.fill(from: guess)
                members.merge(family.sizes(sized)) { $1 }
                let settings = JSONValue.object(members)
                do {
                    // What does not fit is refused before any weight is made.
                    _ = try NetworkCatalogue.network(model, settings: Data(settings.canonicalText.utf8))
                    (self.settings, padded) = (settings, frame)
                    return
                } catch let error as TensorError where error.code == .operands {
                    refusal = refusal ?? error.message
                }
            }
        }
        throw BankError(.usage, "\(model) does not fit frames of \(shape.frame): \(refusal ?? "")")
    }

    /// - Throws: `.usage` where a name is none of the network's, or says the frames' size, which the data say.
    private static func check(_ chosen: [String: JSONValue], of model: String, _ family: NetworkFamily) throws {
        let names = try NetworkCatalogue.settingNames(of: model)
        let sizes = family.sizes(ForecastShape(inputs: 1, outputs: 1, channels: 1, frame: FrameSize(1, 1)))
        for name in chosen.keys.sorted() {
            guard names.contains(name) else {
                let known = names.filter { sizes[$0] == nil }.sorted().joined(separator: ", ")
                throw BankError(.usage, "\(model) has no setting `\(name)`; it has \(known)")
            }
            guard sizes[name] == nil else {
                throw BankError(.usage, "`\(name)` follows from the data; choose --input, --target, --crop or --resize")
            }
        }
    }

    /// As a run's record has it.
    init(recorded model: String, _ settings: JSONValue, _ shape: ForecastShape, padded: FrameSize) {
        (self.model, self.settings, self.shape, self.padded) = (model, settings, shape, padded)
    }

    /// The frame itself, then ever larger ones.
    private static func frames(from frame: FrameSize) -> [FrameSize] {
        let limit = 32
        return (0..<limit).flatMap { down in (0..<limit).map { (down, $0) } }
            .sorted { ($0.0 + $0.1, $0.0) < ($1.0 + $1.1, $1.0) }
            .map { FrameSize(frame.height + $0.0, frame.width + $0.1) }
    }

    /// The sampling of true frames in the proportions of OpenSTL's runs on Moving MNIST (125,000 steps), over a run of other
    /// length: else a short one never leaves its beginning. MODELS 6.
    private static func sampling(over steps: Int) -> [String: JSONValue] {
        let (first, second) = (steps / 5, 2 * steps / 5)
        return [
            "r_sampling_step_1": .integer(Int64(first)), "r_sampling_step_2": .integer(Int64(max(second, first + 1))),
            "r_exp_alpha": .real(max(1, Double(steps) / 25)), "sampling_stop_iter": .integer(Int64(max(1, second))),
            "sampling_changing_rate": .real(1 / Double(max(1, second))),
        ]
    }

    /// The network with initial values from libtorch's generator.
    func network(on device: Device) throws -> any Forecaster {
        let built = try NetworkCatalogue.network(model, settings: Data(settings.canonicalText.utf8), on: device)
        return padded == shape.frame ? built : PaddedForecaster(built, from: shape.frame, to: padded)
    }
}

extension [String: JSONValue] {
    /// Takes over what is not there yet.
    mutating func fill(from other: [String: JSONValue]) { merge(other) { own, _ in own } }
}

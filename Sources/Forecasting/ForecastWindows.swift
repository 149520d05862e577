internal import DataBank
internal import Metrics
internal import Networks
internal import SpaceTime
internal import Streaming
internal import Tensors
internal import Training

/// Windows twice: as a network gets them, and in the field's own units with NaN where missing, which nothing was done to.
struct ForecastWindows {
    /// Normalised as where the network learnt.
    let source: BatchSource
    private let plain: BatchSource
    private let forecaster: TrainedForecaster

    init(_ forecaster: TrainedForecaster, of dataset: String, _ split: Split, _ wishes: PlanRequest) throws {
        self.forecaster = forecaster
        let learnt = try Dataset(forecaster.record.datasets[0].digest, in: forecaster.bank)
        var request = try wishes.completed(by: PlanRequest(forecaster.settings.plan.withoutCopies))
        (request.split, request.order, request.dropLast) = (split, .stored, false)
        source = try BatchSource(dataset, in: forecaster.bank, request, valuesAs: learnt)
        (request.normalise, request.fill) = (Normalisation.none, .nan)
        plain = try BatchSource(source.name, in: forecaster.bank, request)
    }

    /// Goes through all windows once, in stored order.
    func forEach(_ body: (ForecastBatch) throws -> Void) throws {
        let streams = (try BatchStream(source, epochs: 1, threads: 1), try BatchStream(plain, epochs: 1, threads: 1))
        while let batch = try streams.0.next(), let truth = try streams.1.next() {
            let tensors = try BatchTensors(batch, on: forecaster.device)
            let output = try withoutGradients { try forecaster.network(tensors.inputs.values, .evaluation) }
            try body(
                ForecastBatch(
                    values: output.values(as: Float.self), count: tensors.count, truth: truth,
                    units: source.targetUnits,
                    shape: source.targetShape))
        }
    }
}

extension JSONValue {
    /// A plan without what speaks of copies.
    fileprivate var withoutCopies: JSONValue {
        guard case .object(var members) = self else { return self }
        members["environments"] = nil
        members["copies"] = nil
        return .object(members)
    }
}

/// Forecasts of a few windows beside what came, in the field's own units.
struct ForecastBatch {
    /// As the network gave them.
    let values: [Float]
    /// Samples.
    let count: Int
    let truth: Batch
    let units: PhysicalUnits
    /// K, C, H, W.
    let shape: [Int]

    private var frameSize: Int { shape[1...].reduce(1, *) }

    func forecast(_ sample: Int, lead: Int) -> Frame {
        let begin = (sample * shape[0] + lead) * frameSize
        let area = shape[2] * shape[3]
        return frame((0..<frameSize).map { units(values[begin + $0], channel: $0 / area) })
    }

    func expected(_ sample: Int, lead: Int) -> Frame {
        truth.withTargets { frame($0, (sample * shape[0] + lead) * frameSize) }
    }

    /// - Parameter number: of the window's input frames.
    func input(_ sample: Int, _ number: Int) -> Frame {
        let size = truth.inputShape[1...].reduce(1, *)
        return truth.withInputs { values in
            let begin = (sample * truth.inputShape[0] + number) * size
            return Frame(
                channels: truth.inputShape[1], rows: truth.inputShape[2], columns: truth.inputShape[3],
                values: values[begin..<(begin + size)].map(Double.init))
        }
    }

    private func frame(_ values: UnsafeBufferPointer<Float>, _ begin: Int) -> Frame {
        frame(values[begin..<(begin + frameSize)].map(Double.init))
    }

    private func frame(_ values: [Double]) -> Frame {
        Frame(channels: shape[1], rows: shape[2], columns: shape[3], values: values)
    }
}

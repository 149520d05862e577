internal import DataBank
internal import Metrics
package import SpaceTime
package import Streaming

/// The forecasts of a run, written to a file; one window's frames are kept to be looked at.
package struct Forecast {
    /// A window's frames in the field's own units: channel, row, column each.
    package struct Example {
        /// With the rows and columns that crop and resize leave.
        package var field: Field
        /// Least and largest value of the training split.
        package var range: ClosedRange<Double>
        package var inputs: [[Double]]
        package var targets: [[Double]]
        package var predictions: [[Double]]
    }

    package let windows: Int
    package private(set) var example: Example?

    /// - Parameters:
    ///   - path: of the netCDF file; nil writes none.
    ///   - limit: windows at most, from the first.
    ///   - example: the number of the window that is kept; nil for none.
    ///   - progress: is told windows done and in all.
    package init(
        by forecaster: TrainedForecaster, on dataset: String? = nil, _ split: Split, _ wishes: PlanRequest,
        to path: String?, limit: Int? = nil, example: Int? = nil, progress: (Int, Int) throws -> Void
    ) throws {
        let windows = try forecaster.windows(of: dataset, split, wishes)
        let source = windows.source
        let count = min(limit ?? source.windowCount, source.windowCount)
        if let example, !(0..<count).contains(example) {
            throw BankError(.usage, "there is no window \(example) to draw; there are \(count), from 0")
        }
        let file = try path.map { try ForecastFile(Forecast.description(forecaster, source, split, count), at: $0) }
        var (done, kept) = (0, Example?.none)
        let learnt = try Dataset(forecaster.record.datasets[0].digest, in: forecaster.bank)
        try windows.forEach { batch in
            guard done < count else { return }
            let own = min(batch.count, count - done)
            try file?.append(batch, count: own)
            if let example, (done..<(done + own)).contains(example) {
                kept = Forecast.example(batch, example - done, source, learnt)
            }
            done += own
            try progress(done, count)
        }
        try file?.finish()
        self.windows = done
        self.example = kept
    }

    private static func example(_ batch: ForecastBatch, _ sample: Int, _ source: BatchSource, _ learnt: Dataset)
        -> Example
    {
        var field = source.targetField
        (field.rows, field.columns) = (source.targetShape[2], source.targetShape[3])
        let (inputs, outputs) = (source.plan.inputFrames, source.plan.targetFrames)
        let range = learnt.range(ofField: field.name) ?? 0...1
        return Example(
            field: field, range: range, inputs: (0..<inputs).map { batch.input(sample, $0).values },
            targets: (0..<outputs).map { batch.expected(sample, lead: $0).values },
            predictions: (0..<outputs).map { batch.forecast(sample, lead: $0).values })
    }

    private static func description(
        _ forecaster: TrainedForecaster, _ source: BatchSource, _ split: Split, _ count: Int
    ) throws -> ForecastFile.Description {
        let rows = try source.dataset.sequences()
        let places = (0..<count).map { source.window($0) }
        let field = source.dataset.identity.fields.firstIndex { $0.name == source.plan.targetField } ?? 0
        let length = source.plan.inputFrames + source.plan.targetFrames
        let times = places.map { place in
            let all = rows[place.sequence].times(ofField: field).values
            return source.frameRanges(0..<length, ofWindow: place.number).flatMap { $0.map { all[$0] } }
        }
        return ForecastFile.Description(
            title: "Forecasts of the run \(forecaster.record.id) for \(source.name), \(split.rawValue)",
            source: "stbank run \(forecaster.record.id): \(forecaster.settings.model)", field: source.targetField,
            axis: source.dataset.identity.timeAxis, inputFrames: source.plan.inputFrames, shape: source.targetShape,
            sequences: places.map { rows[$0.sequence].id }, firstFrames: places.map(\.firstFrame), times: times)
    }
}

extension Dataset {
    /// Least and largest value of a field in its own units, over the training split; nil where there is none.
    func range(ofField name: String) -> ClosedRange<Double>? {
        guard let number = identity.fields.firstIndex(where: { $0.name == name }) else { return nil }
        let field = identity.fields[number]
        let channels = record.statistics[number]?.channels ?? []
        let ends = channels.flatMap { [$0.least, $0.largest] }.compactMap { $0 }.map { $0 * field.scale + field.offset }
        guard let least = ends.min(), let largest = ends.max() else { return nil }
        return least...largest
    }
}

internal import Metrics

/// Groups with errors and scores of pictures.
enum PictureParity {
    static func compare(_ group: GoldenGroup, _ frames: GoldenFrames, _ comparison: inout Comparison) throws {
        var errors = ErrorSums()
        var rated = Rated.all
        let isStandardised = group.has("mean")
        let (mean, deviation) = isStandardised ? (try group.number("mean"), try group.number("std")) : (0, 1)
        for sample in 0..<frames.sampleCount {
            for time in 0..<frames.length {
                let (found, expected) = frames.frames(sample, time) { $0 * deviation + mean }
                errors.add(found, expected, lead: time)
                for index in rated.indices { rated[index].add(found, expected, lead: time) }
            }
        }
        var values = [
            "mae": "mae_frame_sum", "mse": "mse_frame_sum", "rmse": "rmse_frame_sum", "mae_mean": "mae",
            "mse_mean": "mse", "rmse_mean": "rmse",
        ].mapValues { name in [errors.scores.first { $0.name == name }?.value ?? .nan] }
        for metric in rated {
            values[metric.name] = [metric.metric.scores[0].value]
            values[metric.name + "_frames"] = metric.frames
        }
        for name in try group.names() where name != "pred" && name != "true" {
            guard let found = values[name] else {
                comparison.unknown(name)
                continue
            }
            try comparison.relative(name, found, in: group)
        }
    }

    /// A metric with its value for every frame.
    private struct Rated {
        let name: String
        var metric: any Metric
        let value: (Frame, Frame) -> Double
        var frames: [Double] = []

        static var all: [Rated] {
            let similarity = { (name: String, form: StructuralSimilarity.Form) in
                let metric = StructuralSimilarity(form)
                return Rated(name: name, metric: metric, value: { metric.values($0, $1)[0] })
            }
            let noise = { (name: String, form: SignalToNoise.Form) in
                let metric = SignalToNoise(form: form)
                return Rated(name: name, metric: metric, value: metric.value)
            }
            return [
                similarity("ssim", .openSTL), similarity("ssim_range1", .explicit(range: 0...1)),
                similarity("ssim_gauss", .gaussian(range: 0...1)), noise("psnr", .standard),
                noise("psnr_paper_repo", .releasedCode),
            ]
        }

        mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
            metric.add(prediction, truth, lead: lead)
            frames.append(value(prediction, truth))
        }
    }
}

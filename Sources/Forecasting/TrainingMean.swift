internal import DataBank
internal import Metrics
internal import SpaceTime
internal import Streaming

/// The mean frame of a training split's targets, for every pixel and channel, in the field's own units: the forecast of who
/// knows nothing of the window.
struct TrainingMean {
    let frame: Frame

    /// - Parameter plan: of the run; its training windows are gone through once.
    init(of dataset: String, _ plan: PlanRequest, in bank: Bank) throws {
        var request = plan
        (request.split, request.order, request.dropLast) = (.train, .stored, false)
        (request.normalise, request.fill) = (Normalisation.none, .nan)
        let source = try BatchSource(dataset, in: bank, request)
        let shape = source.targetShape
        let size = shape[1...].reduce(1, *)
        var sums = [Double](repeating: 0, count: size)
        var counts = [Double](repeating: 0, count: size)
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        while let batch = try stream.next() {
            let valid = batch.valid.prefix { $0 }.count
            batch.withTargets { values in
                for begin in stride(from: 0, to: valid * shape[0] * size, by: size) {
                    for place in 0..<size where !values[begin + place].isNaN {
                        sums[place] += Double(values[begin + place])
                        counts[place] += 1
                    }
                }
            }
        }
        // Where nothing was ever measured, the mean of what was.
        let overall = sums.reduce(0, +) / counts.reduce(0, +)
        frame = Frame(
            channels: shape[1], rows: shape[2], columns: shape[3],
            values: zip(sums, counts).map { $1 > 0 ? $0 / $1 : overall })
    }
}

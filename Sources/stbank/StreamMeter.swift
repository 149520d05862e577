import CommandFace
import DataBank
import SpaceTime
import Streaming

/// Counts what a stream delivers and how long its consumer had to wait.
final class StreamMeter {
    private let limit: Int?
    private let start = Limits.now
    private var waited = 0.0
    private var batches = 0
    private var samples = 0
    private var bytes = 0
    private var end = 0.0
    /// Of the first batch: count, share missing, least, mean, largest of the inputs.
    private(set) var firstBatch: String?
    /// What comes after the last batch.
    private(set) var next: StreamState?

    private let summarises: Bool

    /// - Parameters:
    ///   - limit: batches at most.
    ///   - summarises: whether the first batch is looked at.
    init(limit: Int?, summarises: Bool) {
        self.limit = limit
        self.summarises = summarises
    }

    func next(of stream: BatchStream) throws -> Batch? {
        if let limit, batches >= limit { return nil }
        let before = Limits.now
        guard let batch = try stream.next() else { return nil }
        end = Limits.now
        waited += end - before
        batches += 1
        samples += batch.valid.count { $0 }
        bytes += 4 * batch.count * (batch.inputShape.reduce(1, *) + batch.targetShape.reduce(1, *))
        next = batch.next
        if summarises, firstBatch == nil { firstBatch = StreamMeter.summary(of: batch) }
        return batch
    }

    /// How many batches there will be.
    func expected(of stream: BatchStream, from state: StreamState?, epochs: Int) -> Int {
        let done = (state?.epoch ?? 0) * stream.stepsPerEpoch + (state?.step ?? 0)
        let all = max(0, epochs * stream.stepsPerEpoch - done)
        return min(all, limit ?? all)
    }

    private static func summary(of batch: Batch) -> String {
        batch.withInputs { numbers in
            let known = numbers.lazy.filter { !$0.isNaN }
            let count = known.reduce(0) { sum, _ in sum + 1 }
            guard count > 0 else { return "no value at all" }
            let mean = known.reduce(0.0) { $0 + Double($1) } / Double(count)
            let figures: [Double] = [Double(known.min() ?? 0), mean, Double(known.max() ?? 0)]
            let words = figures.map { Amount.number($0) }
            return "inputs \(words.joined(separator: " / ")) (least / mean / largest)  missing "
                + "\(Amount.decimals(100 * Double(numbers.count - count) / Double(numbers.count), 1)) %"
        }
    }

    private var seconds: Double { max(1e-9, end - start) }

    var text: String {
        "rate        \(Amount.number(Double(samples) / seconds)) samples/s  \(Amount.number(Double(bytes) / seconds / 1e6)) MB/s  "
            + "waited \(Amount.decimals(100 * waited / seconds, 1)) % of \(Amount.decimals(seconds, 2)) s  "
            + "\(batches) batches, \(samples) samples"
    }

    var value: JSONValue {
        .object([
            "batches": .integer(Int64(batches)), "samples": .integer(Int64(samples)), "bytes": .integer(Int64(bytes)),
            "seconds": .real(seconds), "samples_per_second": .real(Double(samples) / seconds),
            "bytes_per_second": .real(Double(bytes) / seconds), "waited_seconds": .real(waited),
        ])
    }
}

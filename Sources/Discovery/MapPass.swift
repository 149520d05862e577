internal import CausalAugmentation
internal import DataBank
internal import Networks
internal import SpaceTime
internal import Streaming
internal import Tensors
internal import Training

/// Reads every window once, in stored order, and spools its map.
struct MapPass {
    let network: any AttentionSource
    /// Of another seed, for comparison.
    let second: (any AttentionSource)?
    let score: any PatchScore
    let grid: PatchGrid
    let size: EnvironmentSize
    let scale: ImportanceScale
    let device: Device
    let rows: [SequenceRow]
    let shouldStop: () -> Bool
    let report: (_ done: Int) throws -> Void

    /// - Returns: the sequences with windows, in stored order.
    func run(_ source: BatchSource, into spool: ImportanceSpool, _ figures: inout ImportanceFigures) throws
        -> [ImportanceProvider.Rows]
    {
        var found: [ImportanceProvider.Rows] = []
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        while let batch = try stream.next() {
            if shouldStop() { throw DiscoveryStopped() }
            let tensors = try BatchTensors(batch, on: device)
            let places = Array(zip(batch.sequences, batch.firstFrames).prefix(tensors.count))
            let samples = places.map { KeyedRandom.sampleKey(sequence: rows[$0].id, firstFrame: $1) }
            let maps = try maps(by: network, tensors, samples)
            let others = try second.map { try self.maps(by: $0, tensors, samples) }
            for (number, place) in places.enumerated() {
                let moments = moments(of: batch, number)
                figures.add(maps[number], moments, second: others?[number])
                if found.last?.row.id == rows[place.0].id {
                    found[found.count - 1].firstFrames.append(place.1)
                } else {
                    found.append(
                        ImportanceProvider.Rows(row: rows[place.0], firstFrames: [place.1], record: spool.count))
                }
                try spool.append(maps[number])
            }
            try report(tensors.count)
        }
        return found
    }

    private func maps(by network: any AttentionSource, _ batch: BatchTensors, _ samples: [UInt64]) throws -> [CausalMap]
    {
        try score.scores(by: network, batch, samples: samples).map { scores in
            try CausalMap(grid, scores: scores, size: size, scale: scale)
        }
    }

    /// Of each of the F frames that the score tells apart.
    private func moments(of batch: Batch, _ number: Int) -> [PatchMoments] {
        let each = batch.inputShape.reduce(1, *)
        return batch.withInputs { values in
            let window = UnsafeBufferPointer(rebasing: values[(number * each)..<((number + 1) * each)])
            let part = each / score.frames
            return (0..<score.frames).map { frame in
                PatchMoments(grid, UnsafeBufferPointer(rebasing: window[(frame * part)..<((frame + 1) * part)]))
            }
        }
    }
}

/// The user wants the work to end; a second start goes on.
package struct DiscoveryStopped: Error {
    package init() {}
}

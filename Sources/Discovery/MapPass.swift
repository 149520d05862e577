internal import CausalAugmentation
internal import DataBank
internal import Networks
internal import SpaceTime
internal import Streaming
internal import Tensors
internal import Training

/// Reads every window once, in stored order, and builds its map.
struct MapPass {
    let network: any AttentionSource
    /// Of another seed, for comparison.
    let second: (any AttentionSource)?
    let score: any PatchScore
    let grid: PatchGrid
    let device: Device
    let rows: [SequenceRow]
    let shouldStop: () -> Bool
    let report: (_ done: Int) throws -> Void

    func run(_ source: BatchSource, into build: ImportanceBuild, _ figures: inout ImportanceFigures) throws {
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        while let batch = try stream.next() {
            if shouldStop() { throw DiscoveryStopped() }
            let tensors = try BatchTensors(batch, on: device)
            let places = Array(zip(batch.sequences, batch.firstFrames).prefix(tensors.count))
            let samples = places.map { KeyedRandom.sampleKey(sequence: rows[$0].id, firstFrame: $1) }
            let scores = try score.scores(by: network, tensors, samples: samples)
            let others = try second.map { try score.scores(by: $0, tensors, samples: samples) }
            for (number, place) in places.enumerated() {
                let map = try build.map(scores[number])
                try figures.add(map, moments(of: batch, number), second: others.map { try build.map($0[number]) })
                try build.append(map, ofSequence: place.0, frame: place.1)
            }
            try report(tensors.count)
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

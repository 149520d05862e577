internal import CausalAugmentation
internal import DataBank
internal import Networks
internal import SpaceTime
internal import Tensors
internal import Training

/// Received attention, gathered over blocks and stages. METHOD 2.2 to 2.5.
struct AttentionScore: PatchScore {
    let layout: TokenLayout
    let aggregate: BlockAggregate
    let stages: StageChoice
    let form: UpstreamForm
    /// T.
    let length: Int

    var frames: Int { layout == .joint ? length : 1 }

    func scores(by network: any AttentionSource, _ batch: BatchTensors, samples: [UInt64]) throws -> [[Double]] {
        let tokens: Tensor
        if aggregate == .rollout {
            tokens = try rollout(network, batch.inputs.values)
        } else {
            let blocks = try network.patchScores(batch.inputs.values)
            tokens = form.kind == .swin ? try ofStages(blocks) : try ofBlocks(blocks)
        }
        let patches = try pooled(tokens)
        let values = try patches.reshaped([batch.count, -1]).values(as: Double.self)
        let each = frames * form.grid.count
        return (0..<batch.count).map { Array(values[($0 * each)..<(($0 + 1) * each)]) }
    }

    /// (maps, rows, columns) of the padded token grid.
    private func ofBlocks(_ blocks: [BlockScores]) throws -> Tensor {
        switch aggregate {
        case .last: return blocks[blocks.count - 1].values
        case .index(let index):
            guard blocks.indices.contains(index) else {
                throw BankError(.usage, "index:\(index): the network has \(blocks.count) blocks, counted from 0")
            }
            return blocks[index].values
        default: return try Tensor.stacked(blocks.map(\.values), axis: 0).mean([0])
        }
    }

    /// Mean of the blocks of a stage, brought to the sum 1, then the mean of the stages.
    private func ofStages(_ blocks: [BlockScores]) throws -> Tensor {
        switch aggregate {
        case .last, .index: return try shares(ofBlocks(blocks))
        default: break
        }
        let last = stages == .first ? 0 : blocks.map(\.stage).max() ?? 0
        let maps = try (0...last).map { stage in
            let own = blocks.filter { $0.stage == stage }.map(\.values)
            return try shares(Tensor.stacked(own, axis: 0).mean([0]))
        }
        return try Tensor.stacked(maps, axis: 0).mean([0])
    }

    /// What each token shares with the patches under it is in the map already: only the sum is missing.
    private func shares(_ map: Tensor) throws -> Tensor { try map / map.sum([1, 2], keepingAxes: true) }

    /// Column sums of the product over blocks of half the mean head and half the identity.
    private func rollout(_ network: any AttentionSource, _ inputs: Tensor) throws -> Tensor {
        guard form.kind == .vit else {
            throw BankError(
                .usage, "rollout multiplies whole maps, which a swin does not have; take mean, last or index:K")
        }
        let maps = try network.attentionMaps(inputs).map { try $0.values.to(.float64).mean([1]) }
        guard let first = maps.first else { throw BankError(.usage, "the network gives no attention") }
        let count = first.extent(-1)
        // A row of ones goes through the product from the left, so no product of whole maps is needed.
        var row = try Tensor.full([first.extent(0), 1, count], 1, .float64, on: first.device)
        for map in maps.reversed() { row = try (row.matmul(map) + row) * 0.5 }
        return try row.reshaped([first.extent(0), -1, form.padded.width / form.token])
    }

    /// Adds up the tokens of a patch and leaves out patches beyond the frame: (maps, F·rows, columns) to (maps, F, L).
    private func pooled(_ tokens: Tensor) throws -> Tensor {
        let (maps, side) = (tokens.extent(0), form.grid.side / form.token)
        let rows = form.padded.height / form.grid.side
        let columns = form.padded.width / form.grid.side
        let split = try tokens.reshaped([maps, frames, rows, side, columns, side]).sum([3, 5])
        let inside = try split.narrowed(2, 0..<form.grid.rows).narrowed(3, 0..<form.grid.columns)
        return try inside.reshaped([maps, frames, form.grid.count])
    }
}

internal import DataBank
internal import FoundationEssentials
internal import Streaming

/// Where a training stands, besides its tensors: all that going on exactly needs.
struct FitProgress: Codable {
    /// What comes next; nil at the very beginning.
    var stream: StreamState?
    /// Optimiser steps done.
    var step = 0
    /// Of the epoch under way: loss times samples, and samples.
    var lossSum = 0.0
    var samples = 0
    var epochs: [Record.Learning.Epoch] = []
    /// The epoch with the least loss.
    var best: Int?
    var bestLoss: Double?
    /// Epochs since then.
    var waited = 0
    /// Of the very first batch; what runs away is told by it.
    var firstLoss: Double?

    /// Ends the epoch under way and returns whether it is the best so far.
    mutating func endEpoch(validation: Double?) -> Bool {
        let epoch = Record.Learning.Epoch(
            number: epochs.count + 1, training: lossSum / Double(max(1, samples)), validation: validation)
        epochs.append(epoch)
        (lossSum, samples) = (0, 0)
        // Without validation the last epoch counts, since the training loss alone says nothing against going on.
        let isBest = validation.map { loss in bestLoss.map { loss < $0 } ?? true } ?? true
        if isBest { (best, bestLoss, waited) = (epoch.number, validation, 0) } else { waited += 1 }
        return isBest
    }

    var data: Data { get throws { try JSONEncoder().encode(self) } }
}

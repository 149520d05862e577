internal import Networks
internal import Parity
internal import Tensors

/// One pass by the batch's own statistics, with nothing dropped, and where the running ones then are. MODELS 1.1.
extension NetworkRig {
    func batchNorms() throws -> [ParityLine] {
        let output = try network(input, .trainingWithoutDropout)
        // The group has no distance of its own in older files: it is as exact as the output.
        let tolerance = max(try file.tolerance(of: "output"), try file.tolerance(of: "bn_train"))
        var (outputs, losses, statistics) = (Comparison(), Comparison(), Comparison())
        try outputs.add(output, file.tensor("bn_train/output"), "output")
        try losses.add(output.meanSquaredError(target), file.tensor("bn_train/loss"), "loss")
        let expected = try file.tensors(below: "bn_train/state")
        let running = network.parameters.entries.filter { $0.kind == .buffer && $0.name.contains("running_") }
        for entry in running {
            if let value = expected[entry.name] {
                try statistics.add(entry.tensor, value, entry.name)
            } else {
                statistics.missing("\(entry.name) is not in the file")
            }
        }
        if running.count != expected.count {
            statistics.missing("\(running.count) running statistics instead of \(expected.count)")
        }
        return [
            line("bn_train/output", outputs, tolerance: tolerance),
            line("bn_train/loss", losses, tolerance: tolerance),
            line("bn_train/state", statistics, tolerance: tolerance),
        ]
    }
}

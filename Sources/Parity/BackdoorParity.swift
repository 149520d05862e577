/// Group `backdoor`: the loss over environments and its gradient (METHOD.md 5.3).
enum BackdoorParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let pred = try group.array("pred")
        let label = try group.array("label").values
        guard let environments = pred.shape.first, environments > 0, !label.isEmpty,
            pred.values.count == environments * label.count
        else { throw group.damaged("pred of shape \(pred.shape) is no prediction for each environment") }
        let prior = try group.array("prior").checked(shape: [environments]).values
        let differences = pred.values.indices.map { pred.values[$0] - label[$0 % label.count] }
        let losses = (0..<environments).map { environment in
            let own = differences[(environment * label.count)..<((environment + 1) * label.count)]
            return own.reduce(0) { $0 + $1 * $1 } / Double(label.count)
        }
        try comparison.near("loss_per_env", losses, in: group)
        let uniform = [Double](repeating: 1 / Double(environments), count: environments)
        for (name, weights) in [("uniform", uniform), ("weighted", prior)] {
            try comparison.near("loss_" + name, [zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 }], in: group)
            let gradient = differences.indices.map {
                2 * weights[$0 / label.count] * differences[$0] / Double(label.count)
            }
            try comparison.near("grad_" + name, gradient, in: group)
        }
    }
}

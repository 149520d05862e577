package import DataBank
package import SpaceTime

extension StreamState {
    /// Keys: dataset, plan, windows, epoch, step.
    package var value: JSONValue {
        .object([
            "dataset": .text(dataset.description), "plan": .text(plan), "windows": .integer(Int64(windows)),
            "epoch": .integer(Int64(epoch)), "step": .integer(Int64(step)),
        ])
    }

    package init(_ value: JSONValue) throws(BankError) {
        guard let dataset = value["dataset"]?.text.flatMap({ Digest($0) }), let plan = value["plan"]?.text,
            let windows = value["windows"]?.integer, let epoch = value["epoch"]?.integer,
            let step = value["step"]?.integer
        else { throw BankError(.usage, "is no state of a stream: dataset, plan, windows, epoch, step") }
        self.init(dataset: dataset, plan: plan, windows: Int(windows), epoch: Int(epoch), step: Int(step))
    }
}

extension BatchSource {
    /// For programs: dataset, plan, plan_digest, windows, steps, inputs, targets (shapes T, C, H, W).
    package var description: JSONValue {
        let shape = { (shape: [Int]) in JSONValue.array(shape.map { .integer(Int64($0)) }) }
        return .object([
            "dataset": .object(["id": .text(name), "digest": .text(digest.description)]), "plan": plan.value,
            "plan_digest": .text(planDigest), "windows": .integer(Int64(windowCount)),
            "copies": .integer(Int64(copies)), "steps": .integer(Int64(stepsPerEpoch)), "inputs": shape(inputShape),
            "targets": shape(targetShape),
        ])
    }
}

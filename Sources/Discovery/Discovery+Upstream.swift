internal import DataBank
internal import FoundationEssentials
internal import Glibc
internal import Networks
internal import SpaceTime
internal import Streaming
internal import Tensors
internal import Training

/// A trained upstream network.
struct Upstream {
    let network: any AttentionSource
    /// A safetensors file with its weights.
    let weights: String
    /// nil where the weights are the user's own.
    let run: String?
    let epochs: [Record.Learning.Epoch]
    /// Holds a file of ours for as long as it is needed.
    let scratch: ScratchFile?
}

/// Removed when it goes.
final class ScratchFile {
    let path: String
    init(_ path: String) { self.path = path }
    deinit { try? Disk.remove(path) }
}

extension Discovery {
    /// Trains the network of a seed, goes on with an interrupted training, or takes a finished one or the user's weights.
    func upstream(_ seed: UInt64, _ plans: UpstreamPlans, _ form: UpstreamForm) throws -> Upstream {
        try Engine.seed(seed)
        let network = try form.network(on: device)
        if let checkpoint = request.checkpoint, seed == request.seed { return try given(checkpoint, network) }
        let run = try RunFolder(
            in: bank, named: "discover-\(ref.name)-\(form.kind.rawValue)", verb: "discover",
            datasets: [RunRecord.Source(id: ref.pinned, digest: ref.digest)], settings: settings(seed, plans, form),
            command: request.command, software: request.software)
        if run.record.state != .done {
            report(
                .note(
                    "run \(run.record.id): \(network.parameters.trainedCount) weights, \(plans.training.windowCount) samples an epoch"
                ))
            let fit = Fit(
                network, request.task.objective, training: plans.training, validation: plans.validation, request.fit,
                on: device, in: run)
            fit.shouldStop = shouldStop
            fit.report = { report(.training($0)) }
            if try fit() == .interrupted { throw DiscoveryStopped() }
        } else {
            report(.note("run \(run.record.id) was finished before; its weights are taken"))
        }
        guard let kept = run.record.weights else {
            throw BankError(.damaged, "the run is done but names no weights", path: run.path)
        }
        let path = bank.path(of: kept)
        try network.parameters.loadStrictly(Safetensors.read(path).tensors)
        return Upstream(network: network, weights: path, run: run.record.id, epochs: run.record.epochs, scratch: nil)
    }

    /// All that decides a training's result to the last bit.
    private func settings(_ seed: UInt64, _ plans: UpstreamPlans, _ form: UpstreamForm) throws -> String {
        let fit = try JSONDecoder().decode(JSONValue.self, from: Data(CanonicalCoding.text(of: request.fit).utf8))
        let network = try JSONDecoder().decode(JSONValue.self, from: Data(form.settings.utf8))
        return JSONValue.object([
            "plan": plans.training.plan.value, "network": .object([form.kind.rawValue: network]), "fit": fit,
            "validation": plans.validation?.plan.value ?? .null, "task": .text(request.task.rawValue),
            "padded": .text(form.padded.description), "seed": .text(String(seed)),
            "threads": .integer(Int64(Engine.threadCount)), "device": .text(device.description),
            "libtorch": .text(Engine.version),
        ]).canonicalText
    }

    /// A file of weights, or a run of this bank.
    private func given(_ checkpoint: String, _ network: any AttentionSource) throws -> Upstream {
        if let text = try Disk.text(of: "\(bank.path)/runs/\(checkpoint)/run.json") {
            let path = "\(bank.path)/runs/\(checkpoint)/run.json"
            let record = try RunRecord(checking: text, path: path)
            guard let kept = record.weights else {
                throw BankError(.usage, "the run \(checkpoint) is not finished and has no final weights", path: path)
            }
            try load(network, Safetensors.read(bank.path(of: kept)).tensors, bank.path(of: kept))
            return Upstream(
                network: network, weights: bank.path(of: kept), run: record.id, epochs: record.epochs, scratch: nil)
        }
        guard Disk.exists(checkpoint) else {
            throw BankError(.usage, "--checkpoint `\(checkpoint)` is neither a file nor a run of this bank")
        }
        let isTorch = !checkpoint.hasSuffix(".safetensors")
        let values = isTorch ? try TorchCheckpoint.state(checkpoint) : try Safetensors.read(checkpoint).tensors
        try load(network, values, checkpoint)
        // What is kept is what was used, under the reference's names, whatever file it came in.
        let scratch = ScratchFile("\(bank.path)/staging/weights-\(getpid()).safetensors")
        try Safetensors.write(network.parameters.state, to: scratch.path)
        return Upstream(network: network, weights: scratch.path, run: nil, epochs: [], scratch: scratch)
    }

    private func load(_ network: any AttentionSource, _ values: [String: Tensor], _ path: String) throws {
        do {
            try network.parameters.loadStrictly(values)
        } catch {
            var located = error
            located.path = located.path ?? path
            throw located
        }
    }
}

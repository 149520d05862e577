public import FoundationEssentials
public import Networks
internal import Tensors

/// All that a run needs to go on exactly where it stopped, in one safetensors file that appears whole or not at all.
///
/// Holds `model.NAME`, `optimizer.exp_avg.NAME` and so on, and `generator`, with `generator.device` where the network lies on
/// another device than the CPU; numbers of the run are metadata.
public struct Checkpoint {
    /// Optimiser steps done.
    public var step: Int
    /// What else the run has to know, such as its place in the stream; JSON of the caller's own.
    public var progress: Data

    private static let format = "stbank-checkpoint-1"

    /// The generators that a training draws from: what is drawn for tensors of a device comes from its own.
    private static func generators(of parameters: Parameters) -> [String: Device] {
        parameters.device == .cpu ? ["generator": .cpu] : ["generator": .cpu, "generator.device": parameters.device]
    }

    public init(step: Int, progress: Data = Data()) {
        self.step = step
        self.progress = progress
    }

    /// Writes the run's state.
    public func save(_ parameters: Parameters, _ adam: Adam, to path: String) throws {
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in parameters.state { tensors["model." + name] = tensor }
        for (name, tensor) in adam.state { tensors["optimizer." + name] = tensor }
        for (name, device) in Self.generators(of: parameters) { tensors[name] = try Engine.generatorState(of: device) }
        let metadata = [
            "format": Self.format, "step": "\(step)", "progress": String(decoding: progress, as: UTF8.self),
            "libtorch": Engine.version,
        ]
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    /// Puts a model, its optimiser and the generator of random numbers back to where `save` found them.
    ///
    /// - Throws: `.damaged` where the file is none of these, or of another model.
    public static func restore(_ parameters: Parameters, _ adam: Adam, from path: String) throws -> Checkpoint {
        let contents = try Safetensors.read(path)
        let wanted = generators(of: parameters)
        let states = wanted.compactMap { name, device in contents.tensors[name].map { ($0, device) } }
        guard contents.metadata["format"] == format, let step = contents.metadata["step"].flatMap({ Int($0) }),
            states.count == wanted.count
        else { throw TensorError(.damaged, "is not a checkpoint of a run", path: path) }
        func part(_ prefix: String) -> [String: Tensor] {
            let found = contents.tensors.filter { $0.key.hasPrefix(prefix) }
            return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        do throws(TensorError) {
            try parameters.loadStrictly(part("model."))
            try adam.restore(part("optimizer."))
            for (state, device) in states { try Engine.restoreGenerator(state, of: device) }
        } catch {
            var located = error
            located.path = path
            throw located
        }
        return Checkpoint(step: step, progress: Data((contents.metadata["progress"] ?? "").utf8))
    }
}

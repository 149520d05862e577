internal import DataBank
internal import Networks
internal import SpaceTime
internal import Tensors

/// Weights that a training begins with, taken by name and shape. METHOD 5.4.
struct InitialWeights {
    /// As the record names it.
    let source: String
    /// SHA-256 of the file.
    let digest: Digest
    private let values: [String: Tensor]

    /// - Parameter text: a run, a data set that keeps the weights it was made with, or a file (.safetensors, or of torch.save).
    /// - Throws: `.usage` where it is none of these, `.damaged` where the file is no file of weights.
    init(_ text: String, in bank: Bank) throws {
        if let kept = try InitialWeights.kept(text, in: bank) {
            source = kept.source
            digest = kept.file.sha256
            values = try Safetensors.read(bank.path(of: kept.file)).tensors
            return
        }
        guard Disk.exists(text) else {
            throw BankError(
                .usage, "--init `\(text)` is neither a run or a data set with weights of this bank, nor a file")
        }
        source = text
        digest = try FileDigest.sha256(ofFileAt: text)
        values =
            text.hasSuffix(".safetensors") ? try Safetensors.read(text).tensors : try TorchCheckpoint.state(text)
    }

    private static func kept(_ text: String, in bank: Bank) throws -> (source: String, file: Record.Attachment)? {
        if Disk.exists("\(bank.path)/runs/\(text)/run.json") {
            let record = try RunRecord.find(text, in: bank)
            guard let file = record.weights else {
                throw BankError(.usage, "the run \(text) is not finished and has no final weights")
            }
            return (text, file)
        }
        guard let ref = try? bank.resolve(text) else { return nil }
        let attachments = try Dataset(ref.digest, in: bank).record.attachments ?? []
        guard let file = attachments.first(where: { $0.name.hasSuffix(".safetensors") }) else {
            throw BankError(.usage, "\(ref.id) keeps no weights; importance data sets do")
        }
        return (ref.pinned, file)
    }

    /// Copies what has the same name and shape; all else keeps its initial values.
    func copy(into parameters: Parameters) throws(TensorError) -> RunRecord.Transfer {
        var transfer = RunRecord.Transfer(source: source, copied: [], skipped: [], missing: [], unused: [])
        for entry in parameters.entries {
            guard let value = values[entry.name] else {
                transfer.missing.append(entry.name)
                continue
            }
            guard value.shape == entry.tensor.shape else {
                transfer.skipped.append(entry.name)
                continue
            }
            try entry.tensor.copy(from: value)
            transfer.copied.append(entry.name)
        }
        transfer.unused = values.keys.filter { parameters[$0] == nil }.sorted()
        return transfer
    }
}

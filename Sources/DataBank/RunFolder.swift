internal import FoundationEssentials
internal import Glibc
internal import SpaceTime

/// The folder of one training run, `runs/<id>/`, held by a lock while this lives.
///
/// The ID follows from all that decides the result, so that a second start of an interrupted run finds its checkpoint and a
/// finished one is not trained again.
package final class RunFolder {
    package let bank: Bank
    package let path: String
    package private(set) var record: RunRecord
    private let lock: FileLock

    /// Opens the run of these settings, or begins it.
    ///
    /// - Parameters:
    ///   - name: what the ID begins with: lower-case letters, digits and dashes.
    ///   - settings: canonical JSON of all that decides the result.
    /// - Throws: `.busy` where another process is at it, `.damaged` where its record is not what was written.
    package convenience init(
        in bank: Bank, named name: String, verb: String, datasets: [RunRecord.Source], settings: String,
        command: [String], software: [String: String]
    ) throws {
        let key = SHA256.digest(
            of: "\(verb)\n\(settings)\n" + datasets.map(\.digest.description).joined(separator: "\n"))
        let record = RunRecord(
            id: "\(name)-\(key.description.prefix(12))", verb: verb, datasets: datasets, settings: settings,
            making: Record.Making(command: command, software: software))
        try self.init(in: bank, record)
    }

    /// Opens the run of this ID, or begins it with a record.
    ///
    /// - Parameter restarts: throws away what a run of this ID has done.
    /// - Throws: `.usage` where the run was begun with other settings, `.busy` and `.damaged` as above.
    package init(in bank: Bank, _ new: RunRecord, restarts: Bool = false) throws {
        self.bank = bank
        path = "\(bank.path)/runs/\(new.id)"
        try Disk.makeFolder(path)
        lock = try RunFolder.lock(path + "/lock", id: new.id)
        if !restarts, let text = try Disk.text(of: path + "/run.json") {
            record = try RunRecord(checking: text, path: path + "/run.json")
            if record.isContinued(by: new) { return }
            guard record.state == .failed else {
                throw BankError(
                    .usage,
                    "there is a run \(new.id) with other \(record.differences(from: new).joined(separator: ", ")); choose "
                        + "another name, give the settings it was begun with, or throw it away with --restart")
            }
        }
        record = new
        for name in try Disk.names(in: path) where RunFolder.isWorkFile(name) { try Disk.remove("\(path)/\(name)") }
        try save()
    }

    private static func isWorkFile(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") || name.hasSuffix(".tmp")
    }

    private static func lock(_ path: String, id: String) throws(BankError) -> FileLock {
        do throws(BankError) {
            return try FileLock(tryingFor: path)
        } catch {
            guard error.code == .busy else { throw error }
            throw BankError(.busy, "another process is at the run \(id); wait for it or end it", path: path)
        }
    }

    /// Where the run's state for going on lies.
    package var checkpoint: String { path + "/checkpoint.safetensors" }

    /// Weights of the best epoch so far.
    package func weights(ofEpoch epoch: Int) -> String { "\(path)/epoch-\(epoch).safetensors" }

    /// Changes the record, on disk too.
    package func update(_ change: (inout RunRecord) -> Void) throws {
        change(&record)
        record.making.finished = Date().formatted(.iso8601)
        try save()
    }

    /// The step of the checkpoint on disk, as far as the record knows; nil where there is none.
    package func keptStep() throws -> Int? { Disk.exists(checkpoint) ? record.steps : nil }

    /// Ends the run: its weights are kept in `objects/`, what was needed to go on is removed.
    ///
    /// - Parameters: files with the weights of the best and of the last epoch.
    package func finish(best: String, last: String, _ change: (inout RunRecord) -> Void) throws {
        let changing = try bank.changing()
        let kept = try (bank.keep(best, as: "weights.safetensors"), bank.keep(last, as: "weights.safetensors"))
        try update {
            change(&$0)
            ($0.weights, $0.last) = kept
            $0.state = .done
        }
        withExtendedLifetime(changing) {}
        for name in try Disk.names(in: path) where RunFolder.isWorkFile(name) { try Disk.remove("\(path)/\(name)") }
    }

    private func save() throws { try Disk.writeWhole(try record.text(), to: path + "/run.json") }
}

extension Record.Making {
    /// Beginning now, here.
    package init(command: [String], software: [String: String]) {
        let now = Date().formatted(.iso8601)
        self.init(started: now, finished: now, host: Self.hostName, command: command, software: software)
    }

    /// This machine's name.
    static var hostName: String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

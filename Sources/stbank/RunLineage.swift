import CommandFace
import DataBank
import SpaceTime

/// A training run and all that it was made from, back to the raw files.
struct RunLineage {
    private let record: RunRecord
    private let parents: [Ancestry]

    init(_ record: RunRecord, in bank: Bank) throws {
        self.record = record
        parents = try record.datasets.map { try Ancestry(of: $0.digest, in: bank) }
    }

    var lines: [String] {
        var lines = ["\(record.id)  run of \(record.verb), \(record.state.rawValue)"]
        lines += details.map { "│ \($0)" }
        for (number, parent) in parents.enumerated() {
            let isLast = number == parents.count - 1
            for (place, line) in parent.lines.enumerated() {
                lines.append((place == 0 ? isLast ? "└ " : "├ " : isLast ? "  " : "│ ") + line)
            }
        }
        return lines
    }

    private var details: [String] {
        var lines = members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.canonicalText)" }
        if let transfer = record.transfer {
            lines.append("began with weights of \(transfer.source)")
            let parts = [
                ("copied", transfer.copied), ("of another shape", transfer.skipped), ("not there", transfer.missing),
                ("not used", transfer.unused),
            ]
            lines += parts.filter { !$0.1.isEmpty }.map { "  \($0.0): \($0.1.joined(separator: " "))" }
        }
        lines += record.epochs.map { epoch in
            "epoch \(epoch.number)  loss \(Amount.number(epoch.training))"
                + (epoch.validation.map { "  validation \(Amount.number($0))" } ?? "")
                + (epoch.number == record.best ? "  (best)" : "")
        }
        lines.append(
            "\(record.steps) steps on \(record.making.host), \(record.making.started) to \(record.making.finished)")
        lines.append(
            record.making.software.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        for (name, file) in [("best", record.weights), ("last", record.last)] {
            if let file { lines.append("\(name) weights, \(Amount.bytes(file.size)), SHA-256 \(file.sha256)") }
        }
        if let failure = record.failure { lines.append("failed: \(failure)") }
        return lines
    }

    private var members: [String: JSONValue] {
        guard case .object(let members) = CanonicalCoding.json(record.settings) else { return [:] }
        return members
    }

    /// What `lineage --json` prints: the run, then each data set.
    func emit(_ console: Console) throws {
        guard console.json else { return }
        let text = try CanonicalCoding.text(of: record)
        guard case .object(var object) = CanonicalCoding.json(text) else { return }
        object["kind"] = .text("run")
        object["settings"] = .object(members)
        console.emit(.object(object))
        for ancestry in parents {
            for member in ancestry.members { console.emit(ancestry.json(of: member)) }
        }
    }
}

import ArgumentParser
import CommandFace
import DataBank
import SpaceTime

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what is in the bank.",
        discussion: "Example:\n  stbank list --json")

    @OptionGroup var common: CommonOptions

    private struct Row: Encodable {
        var id: String
        var digest: Digest
        var kind: Identity.Kind
        var source: String
        var variant: String
        var fields: [String]
        var sequences: Int
        var frames: Int
        var splits: [String: Int]
        var bytes: Int
        var made: String
    }

    func run() throws {
        let bank = try common.openBank()
        let console = common.console
        var table = TextTable([
            "ID", "DIGEST", "KIND", "SOURCE", "FIELDS (C,H,W)", "SEQUENCES", "FRAMES", "TRAIN/VAL/TEST", "SIZE",
        ])
        for ref in try bank.refs() {
            do {
                let row = try self.row(ref, in: bank)
                try console.emit(row)
                let splits = Split.allCases.map { String(row.splits[$0.rawValue] ?? 0) }.joined(separator: "/")
                table.add([
                    row.id, row.digest.short, row.kind.rawValue, "\(row.source) \(row.variant)",
                    row.fields.joined(separator: " "), String(row.sequences), String(row.frames), splits,
                    Amount.bytes(row.bytes),
                ])
            } catch let error as BankError where error.code == .damaged {
                console.warn("\(ref.id) is damaged: \(error)")
            }
        }
        console.say(table.text)
    }

    private func row(_ ref: DatasetRef, in bank: Bank) throws -> Row {
        let dataset = try Dataset(ref.digest, in: bank)
        var splits: [String: Int] = [:]
        for row in try dataset.sequences() { splits[row.split.rawValue, default: 0] += row.frames }
        return Row(
            id: ref.id, digest: ref.digest, kind: dataset.identity.kind, source: dataset.record.source,
            variant: dataset.record.variant,
            fields: dataset.identity.fields.map {
                "\($0.name):\($0.element.rawValue)(\($0.channels),\($0.rows),\($0.columns))"
            }, sequences: dataset.identity.sequences.count, frames: dataset.identity.sequences.frames, splits: splits,
            bytes: dataset.record.payload.reduce(0) { $0 + $1.size }, made: dataset.record.making.finished)
    }
}

import ArgumentParser
import CommandFace
import DataBank
import SpaceTime

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a data set: fields, splits, statistics, sources, how it was made.",
        discussion: "With --json: identity and record, as they lie on disk.\n\nExample:\n  stbank show sevir@1.0.0")

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Flag(help: "List every sequence too.")
    var sequences = false

    @OptionGroup var common: CommonOptions

    private struct Whole: Encodable {
        var id: String
        var pinned: String
        var digest: Digest
        var identity: Identity
        var record: Record
        var sequences: [SequenceRow]?
    }

    func run() throws {
        let bank = try common.openBank()
        let ref = try bank.resolve(id)
        let dataset = try Dataset(ref.digest, in: bank)
        let rows = try dataset.sequences()
        let console = common.console
        try console.emit(
            Whole(
                id: ref.id, pinned: ref.pinned, digest: ref.digest, identity: dataset.identity, record: dataset.record,
                sequences: sequences ? rows : nil))
        for line in lines(ref, dataset, rows) { console.say(Console.printable(line)) }
        if sequences {
            var table = TextTable(["SEQUENCE", "SPLIT", "FRAMES", "FROM", "TO"])
            for row in rows {
                let times = row.times[0]
                let isClock = dataset.identity.timeAxis.kind == .clock
                let text = { (time: Int64?) in time.map { isClock ? ClockText.text($0) : String($0) } ?? "" }
                table.add([row.id, row.split.rawValue, String(row.frames), text(times.first), text(times.last)])
            }
            console.say(table.text)
        }
    }

    private func lines(_ ref: DatasetRef, _ dataset: Dataset, _ rows: [SequenceRow]) -> [String] {
        let record = dataset.record
        var lines = [
            "\(ref.pinned)  \(dataset.identity.kind.rawValue)", "title       \(record.title)",
            "source      \(record.source), variant \(record.variant), \(record.sources.count) files",
        ]
        for (number, field) in dataset.identity.fields.enumerated() {
            lines.append(
                "field       \(field.name)  \(field.element.rawValue) (\(field.channels), \(field.rows), \(field.columns))  "
                    + "unit \(field.units)  scale \(field.scale)  offset \(field.offset)  rows \(field.rowOrder.rawValue)"
            )
            for (channel, values) in (record.statistics[number]?.channels ?? []).enumerated() {
                lines.append("  training  \(statistics(field, channel, values))")
            }
        }
        for split in Split.allCases {
            let own = rows.filter { $0.split == split }
            lines.append(
                "\(split.rawValue.padding(to: 10))  \(own.count) sequences, \(own.reduce(0) { $0 + $1.frames }) frames")
        }
        for step in dataset.identity.recipe {
            let settings = step.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.append("step        \(step.name) version \(step.version): \(settings.joined(separator: " "))")
        }
        for file in record.payload { lines.append("payload     \(dataset.path(of: file))  \(Amount.bytes(file.size))") }
        lines.append("made        \(record.making.finished) on \(record.making.host)")
        for (what, count) in record.tallies.sorted(by: { $0.key < $1.key }) {
            lines.append("count       \(what): \(count)")
        }
        lines += record.notes.map { "note        \($0)" }
        lines += record.skipped.map { "skipped     \($0.what): \($0.reason)" }
        return lines
    }

    private func statistics(_ field: Field, _ channel: Int, _ values: FieldStatistics.Channel) -> String {
        let name = field.channelNames.indices.contains(channel) ? field.channelNames[channel] : "channel \(channel)"
        guard let mean = values.mean, let deviation = values.deviation, let least = values.least,
            let largest = values.largest
        else { return "\(name): nothing valid, \(values.missing) missing" }
        return "\(name): mean \(Amount.number(mean))  deviation \(Amount.number(deviation))  "
            + "\(Amount.number(least)) to \(Amount.number(largest)) (stored)  missing \(values.missing)"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

import CommandFace
import DataBank
import Forecasting
import Metrics
import SpaceTime

/// The scores of runs side by side, each alone or with others that differ in its seed, as a table and as JSON.
struct EvaluationReport {
    /// One forecaster's scores in every run, by name of the score and in their order.
    private struct Column {
        var name: String
        var boards: [ScoreBoard]

        func spreads(_ scores: (ScoreBoard) -> [Score]) -> [(name: String, value: Spread)] {
            let all = boards.map(scores)
            return all[0].indices.map { index in (all[0][index].name, Spread(all.map { $0[index].value })) }
        }
    }

    /// What all were scored on.
    private var first: Evaluation?
    private var runs: [Column] = []

    /// - Throws: `BankError.usage` where the scores cannot stand beside those that are there.
    mutating func add(_ name: String, _ evaluations: [Evaluation]) throws {
        let reference = first ?? evaluations[0]
        for other in evaluations where !other.isComparable(to: reference) {
            throw BankError(
                .usage,
                "\(name) was scored on \(other.windows) windows of \(other.dataset) in \(other.rule.units), "
                    + "\(runs.first?.name ?? name) on \(reference.windows) of \(reference.dataset) in \(reference.rule.units): "
                    + "name one data set with --on and one --stride, or evaluate them one by one")
        }
        first = reference
        runs.append(Column(name: name, boards: evaluations.map { $0.entries[0].board }))
    }

    /// The runs first, then what they are held against, which is the same for all.
    private func columns(_ first: Evaluation) -> [Column] {
        runs + first.entries.dropFirst().map { Column(name: $0.name, boards: [$0.board]) }
    }

    func show(_ console: Console) {
        guard let first else { return }
        let columns = columns(first)
        let several = runs[0].boards.count
        console.say(
            (several > 1 ? "\(several) runs " : "") + runs.map(\.name).joined(separator: ", ")
                + " on \(first.dataset), \(first.split.rawValue): \(first.windows) windows, "
                + "\(first.entries[0].board.leads) frames ahead, in \(first.rule.units)"
                + (first.rule.thresholds.isEmpty ? "" : ", thresholds in \(first.rule.thresholdUnits)"))
        console.say(overall(columns))
        console.say("")
        console.say(byLead(columns))
        for column in columns { console.emit(json(column, first)) }
    }

    private func overall(_ columns: [Column]) -> String {
        var table = TextTable(["SCORE"] + columns.map(\.name))
        let cells = columns.map { $0.spreads(\.scores) }
        for index in cells[0].indices {
            table.add([cells[0][index].name] + cells.map { $0[index].value.text })
        }
        return table.text
    }

    /// The scores that say most, by frames ahead; of several runs one alone.
    private func byLead(_ columns: [Column]) -> String {
        let board = columns[0].boards[0]
        let names = (runs.count > 1 ? ["mse"] : ["mse", "mae", "ssim", "csi_m"]).filter { board[$0] != nil }
        var table = TextTable(["AHEAD"] + names.flatMap { score in columns.map { "\(score) \($0.name)" } })
        for lead in 0..<board.leads {
            let scores = columns.map { column in column.spreads { $0.scores(lead: lead) } }
            let cells = names.flatMap { name in
                scores.map { column in column.first { $0.name == name }?.value.text ?? "" }
            }
            table.add(["\(lead + 1)"] + cells)
        }
        return table.text
    }

    private func json(_ column: Column, _ first: Evaluation) -> JSONValue {
        let overall = column.spreads(\.scores)
        let leads = (0..<first.entries[0].board.leads).map { lead in column.spreads { $0.scores(lead: lead) } }
        let object = { (value: (Int) -> JSONValue) in
            JSONValue.object(
                Dictionary(uniqueKeysWithValues: overall.indices.map { (overall[$0].name, value($0)) }))
        }
        return .object([
            "forecaster": .text(column.name), "dataset": .text(first.dataset), "split": .text(first.split.rawValue),
            "windows": .integer(Int64(first.windows)), "runs": .integer(Int64(column.boards.count)),
            "units": .text(first.rule.units), "range": .array([number(first.rule.low), number(first.rule.high)]),
            "thresholds": .array(first.rule.thresholds.map(number)),
            "threshold_units": .text(first.rule.thresholdUnits),
            "scores": object { number(overall[$0].value.mean) },
            "deviations": object { number(overall[$0].value.deviation) },
            "by_lead": object { index in .array(leads.map { number($0[index].value.mean) }) },
        ])
    }

    /// null where there is no number, or it is infinite.
    private func number(_ value: Double) -> JSONValue { value.isFinite ? .real(value) : .null }
}

import CommandFace
import Forecasting
import Metrics
import SpaceTime

/// The scores of one run, or of several that differ in their seed, as a table and as JSON.
struct EvaluationReport {
    private let name: String
    private let all: [Evaluation]

    init(_ name: String, _ all: [Evaluation]) { (self.name, self.all) = (name, all) }

    /// One forecaster's scores in every run, by name of the score and in their order.
    private struct Column {
        var name: String
        var boards: [ScoreBoard]

        func spreads(_ scores: (ScoreBoard) -> [Score]) -> [(name: String, value: Spread)] {
            let all = boards.map(scores)
            return all[0].indices.map { index in (all[0][index].name, Spread(all.map { $0[index].value })) }
        }
    }

    /// The run first, then what it is held against, which is the same for every seed.
    private var columns: [Column] {
        all[0].entries.enumerated().map { index, entry in
            index == 0
                ? Column(name: name, boards: all.map { $0.entries[0].board })
                : Column(name: entry.name, boards: [entry.board])
        }
    }

    func show(_ console: Console) {
        let first = all[0]
        let runs = all.count > 1 ? "\(all.count) runs " : "run "
        console.say(
            "\(runs)\(name) on \(first.dataset), \(first.split.rawValue): \(first.windows) windows, "
                + "\(first.entries[0].board.leads) frames ahead, in \(first.rule.units)"
                + (first.rule.thresholds.isEmpty ? "" : ", thresholds in \(first.rule.thresholdUnits)"))
        console.say(overall)
        console.say("")
        console.say(byLead)
        for column in columns { console.emit(json(column)) }
    }

    private var overall: String {
        var table = TextTable(["SCORE"] + columns.map(\.name))
        let cells = columns.map { $0.spreads(\.scores) }
        for index in cells[0].indices {
            table.add([cells[0][index].name] + cells.map { $0[index].value.text })
        }
        return table.text
    }

    /// The scores that say most, by frames ahead.
    private var byLead: String {
        let names = ["mse", "mae", "ssim", "csi_m"].filter { name in all[0].entries[0].board[name] != nil }
        var table = TextTable(["AHEAD"] + names.flatMap { score in columns.map { "\(score) \($0.name)" } })
        for lead in 0..<all[0].entries[0].board.leads {
            let scores = columns.map { column in column.spreads { $0.scores(lead: lead) } }
            let cells = names.flatMap { name in
                scores.map { column in column.first { $0.name == name }?.value.text ?? "" }
            }
            table.add(["\(lead + 1)"] + cells)
        }
        return table.text
    }

    private func json(_ column: Column) -> JSONValue {
        let first = all[0]
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

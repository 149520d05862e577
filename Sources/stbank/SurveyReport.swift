import CommandFace
import DataBank
import SpaceTime

/// What `--dry-run` shows.
struct SurveyReport {
    private let survey: Survey
    private let plan: SplitPlan

    init(_ survey: Survey, _ plan: SplitPlan) {
        self.survey = survey
        self.plan = plan
    }

    func show(on console: Console) throws {
        try console.emit(summary)
        console.say("\(survey.title)")
        console.say("format      \(survey.format), variant \(survey.variant)")
        for field in survey.fields {
            console.say(
                "field       \(field.name)  \(field.element.rawValue) (\(field.channels), \(field.rows), \(field.columns))"
                    + "  unit \(field.units)  rows \(field.rowOrder.rawValue)")
        }
        for covariate in survey.covariates { console.say("covariate   \(covariate.name)  \(covariate.width) a frame") }
        console.say(
            "sequences   \(survey.sequences.count) with \(survey.frameCount) frames, \(Amount.bytes(survey.byteCount))")
        console.say("time        \(timeText)")
        let marks = self.marks
        console.say("gaps        \(marks.gaps)   duplicates \(marks.duplicates)")
        console.say("splits      " + splitTexts.joined(separator: ", ") + "  (\(plan.rule))")
        console.say("sources     \(survey.sources.count) files")
        for note in survey.notes { console.say("note        \(Console.printable(note))") }
        for warning in plan.warnings { console.say("warning     \(Console.printable(warning))") }
        for skipped in survey.skipped {
            console.say("skipped     \(Console.printable(skipped.what)): \(Console.printable(skipped.reason))")
        }
    }

    private var splitTexts: [String] {
        Split.allCases.map { split in
            let parts = plan.parts(of: survey).filter { $0.split == split }
            return "\(split.rawValue) \(parts.count) sequences, \(plan.frameCount(of: split)) frames"
        }
    }

    private var timeText: String {
        let first = survey.sequences.compactMap { $0.times[0].values.min() }.min() ?? 0
        let last = survey.sequences.compactMap { $0.times[0].values.max() }.max() ?? 0
        let cadence = survey.timeAxis.cadence.map { ", cadence \($0)" } ?? ""
        guard survey.timeAxis.kind == .clock else { return "counter \(first) to \(last)\(cadence)" }
        return "\(ClockText.text(first)) to \(ClockText.text(last))\(cadence)\(cadence.isEmpty ? "" : " s")"
    }

    private var marks: (gaps: Int, duplicates: Int) {
        var gaps = 0
        var duplicates = 0
        for sequence in survey.sequences {
            for flags in FrameFlags.derived(from: sequence.times[0], axis: survey.timeAxis) {
                if flags.contains(.gapBefore) { gaps += 1 }
                if flags.contains(.duplicate) { duplicates += 1 }
            }
        }
        return (gaps, duplicates)
    }

    private struct Summary: Encodable {
        struct Part: Encodable {
            var id: String
            var frames: Int
            var split: Split
            var firstTime: Int64?
            var lastTime: Int64?
        }

        var format: String
        var variant: String
        var fields: [Field]
        var timeAxis: TimeAxis
        var sequences: [Part]
        var frames: Int
        var bytes: Int
        var gaps: Int
        var duplicates: Int
        var split: String
        var notes: [String]
        var warnings: [String]
        var skipped: [Survey.Skipped]
    }

    private var summary: Summary {
        let parts = plan.parts(of: survey).map { part in
            let times = survey.sequences[part.range.sequence].times[0].slice(part.range.frames)
            return Summary.Part(
                id: part.id, frames: times.count, split: part.split, firstTime: times.first, lastTime: times.last)
        }
        let marks = self.marks
        return Summary(
            format: survey.format, variant: survey.variant, fields: survey.fields, timeAxis: survey.timeAxis,
            sequences: parts, frames: survey.frameCount, bytes: survey.byteCount, gaps: marks.gaps,
            duplicates: marks.duplicates, split: plan.rule.description, notes: survey.notes, warnings: plan.warnings,
            skipped: survey.skipped)
    }
}

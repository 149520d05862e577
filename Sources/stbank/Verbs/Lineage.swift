import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import SpaceTime
import Streaming

struct Lineage: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a data set or a run was made from; of a copy, what each replaced patch was made from.",
        discussion: """
            Without --sample: the graph of parents and steps, back to the raw files. With --sample: each replaced patch of the \
            window's copies with the draws that chose it, its neighbours with their shares, and the weights of time.

            Examples:
              stbank lineage sevir-copies
              stbank lineage sevir-copies --sample 12
              stbank lineage storms
              stbank lineage sevir-copies --sample S728503@5 --copy 2 --frame 9 --json
            """)

    @Argument(help: "name, name@1.0.0, name@1.0.0#digest, or a run.")
    var id: String

    @Option(help: "The number of a window, or SEQUENCE@FIRST-FRAME.")
    var sample: String?

    @Option(help: "With --sample: only this copy, from 1.")
    var copy: Int?

    @Option(help: "With --sample: only this frame of the window, from 0.")
    var frame: Int?

    @Option(help: "With --sample: only this patch, from 0.")
    var patch: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard sample != nil || (copy ?? frame ?? patch) == nil else {
            throw ValidationError("--copy, --frame and --patch go with --sample")
        }
    }

    func run() throws {
        let bank = try common.openBank()
        if sample == nil, Disk.exists("\(bank.path)/runs/\(id)/run.json") {
            let lineage = try RunLineage(RunRecord.find(id, in: bank), in: bank)
            try lineage.emit(common.console)
            return lineage.lines.forEach(common.console.say)
        }
        let ref = try bank.resolve(id)
        if let sample {
            try showSample(sample, of: EnvironmentSet(Dataset(ref.digest, in: bank), called: ref.pinned), in: bank)
        } else {
            let ancestry = try Ancestry(of: ref.digest, in: bank)
            for member in ancestry.members { common.console.emit(ancestry.json(of: member)) }
            for line in ancestry.lines { common.console.say(line) }
        }
    }

    private func showSample(_ sample: String, of set: EnvironmentSet, in bank: Bank) throws {
        let window = try set.scenes.window(named: sample)
        let scratch = SceneScratch()
        let wanted = try (copy.map { $0..<($0 + 1) } ?? 1..<(set.copies + 1)).flatMap { number in
            try set.lineage(ofCopy: number, of: window, scratch)
        }.filter { (frame ?? $0.frame) == $0.frame && (patch ?? $0.patch) == $0.patch }
        let report = try SampleLineage(set, window, wanted, in: bank)
        common.console.emit(report.json)
        for patch in wanted { common.console.emit(patch.json) }
        for line in report.lines { common.console.say(line) }
    }
}

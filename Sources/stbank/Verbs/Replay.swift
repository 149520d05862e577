import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import Glibc
import SpaceTime
import Streaming

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make copies again and compare them with what is stored, byte for byte.",
        discussion: """
            Copies follow from data set, importance, options and seed alone, so what is made again must be what is stored; file, copy, \
            frame and patch of what differs are named, and the exit code is 65 then. Without --check the copies are made only, \
            and the SHA-256 of their values is printed.

            Examples:
              stbank replay sevir-copies --sample all --check
              stbank replay sevir-copies --sample 12 --check
              stbank replay sevir-copies --sample S728503@5
            """)

    @Argument(help: "An environments data set: name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(help: "all, the number of a window, or SEQUENCE@FIRST-FRAME.")
    var sample: String

    @Flag(help: "Compare with what is stored.")
    var check = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let set = try EnvironmentSet(id, in: common.openBank())
        let windows = try windows(of: set)
        let bar = ProgressBar("replay \(set.name)", console: common.console, unit: "windows")
        let outcome = try CopyReplay(set, threads: common.threadCount).run(windows, isCompared: check) { done in
            bar.show(done, of: windows.count)
        }
        bar.finish()
        report(outcome, of: set)
        if outcome.differenceCount > 0 { throw ExitCode(EX_DATAERR) }
    }

    private func windows(of set: EnvironmentSet) throws -> Range<Int> {
        if sample == "all" { return 0..<set.scenes.source.windowCount }
        let number = try set.scenes.window(named: sample).number
        return number..<(number + 1)
    }

    private func report(_ outcome: CopyReplay.Outcome, of set: EnvironmentSet) {
        let console = common.console
        for difference in outcome.differences {
            console.emit(difference.json)
            console.say(
                "differs     \(difference.window), copy \(difference.copy), frame \(difference.frame), patch \(difference.patch) "
                    + "\(difference.what.rawValue)\(difference.file.map { "  (\($0))" } ?? "")")
        }
        let made = "\(outcome.windows) windows, \(outcome.copies) copies, \(outcome.patches) patches"
        if !check {
            console.say("\(made)  \(outcome.digest)")
        } else if outcome.differenceCount == 0 {
            console.say("\(made): all as it is stored")
        } else {
            console.say("\(made): \(outcome.differenceCount) differences, the first \(outcome.differences.count) above")
        }
        console.emit(
            .object([
                "id": .text(set.name), "windows": .integer(Int64(outcome.windows)),
                "copies": .integer(Int64(outcome.copies)), "patches": .integer(Int64(outcome.patches)),
                "checked": .bool(check), "differences": .integer(Int64(outcome.differenceCount)),
                "sha256": .text(outcome.digest.description),
            ]))
    }
}

extension CopyReplay.Difference {
    fileprivate var json: JSONValue {
        .object([
            "window": .text(window), "copy": .integer(Int64(copy)), "frame": .integer(Int64(frame)),
            "patch": .integer(Int64(patch)), "message": .text(what.rawValue), "file": file.map { .text($0) } ?? .null,
        ])
    }
}

import ArgumentParser
import CommandFace
import DataBank
import FoundationEssentials
import Glibc
import Handover
import SpaceTime

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is installed, what is missing and how to get it.",
        discussion: "Examples:\n  stbank doctor\n  stbank doctor --formats")

    @Flag(help: "List all formats with their settings.")
    var formats = false

    @OptionGroup var common: CommonOptions

    private struct Finding: Encodable {
        var what: String
        var isFound: Bool
        /// Without it only part of the work can be done.
        var isOptional = false
        var detail: String
    }

    func run() throws {
        if formats { return try showFormats() }
        let findings = [program, readers, bank, disk, processors, learning, python]
        for finding in findings {
            try common.console.emit(finding)
            common.console.say(
                "\(finding.isFound ? "ok      " : finding.isOptional ? "without " : "missing ") \(finding.what): \(finding.detail)"
            )
        }
        if findings.contains(where: { !$0.isFound && !$0.isOptional }) { throw ExitCode.failure }
    }

    private func showFormats() throws {
        for format in try FormatDescription.all(executable: ReaderExecutable.path()) {
            try common.console.emit(format)
            common.console.say("\(format.format) (reader version \(format.version))")
            for option in format.options {
                common.console.say("  --set \(option.key)=…  default \(option.standard). \(option.help)")
            }
        }
    }

    private var program: Finding {
        let versions = Software.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return Finding(what: "stbank", isFound: true, detail: versions.joined(separator: ", "))
    }

    private var readers: Finding {
        do {
            let path = try ReaderExecutable.path()
            let formats = try FormatDescription.all(executable: path).map(\.format).joined(separator: ", ")
            let versions = try ReaderTask.run(executable: path, ["versions"])
            return Finding(
                what: "stbank-read", isFound: true,
                detail: "\(path): \(formats); by \(String(decoding: versions, as: UTF8.self))")
        } catch {
            return Finding(
                what: "stbank-read", isFound: false,
                detail: "\(error). `make setup` installs the libraries it needs, `make build` makes it")
        }
    }

    private var bank: Finding {
        do {
            let bank = try common.openBank()
            return Finding(
                what: "bank", isFound: true, detail: "\(common.bankPath): \(try bank.refs().count) data sets")
        } catch let error as BankError where error.code == .notFound {
            return Finding(
                what: "bank", isFound: true, detail: "none yet at \(common.bankPath); `stbank ingest` makes it")
        } catch {
            return Finding(what: "bank", isFound: false, detail: "\(error)")
        }
    }

    private var disk: Finding {
        let folder = Disk.exists(common.bankPath) ? common.bankPath : "."
        let free = (try? Disk.freeSpace(at: folder)).map(Amount.bytes) ?? "unknown"
        return Finding(what: "disk", isFound: true, detail: "\(free) free")
    }

    private var processors: Finding {
        Finding(what: "processors", isFound: true, detail: "\(Processors.count) to use")
    }

    private var learning: Finding {
        let (what, path) = ("stbank-learn", LearningProgram.path)
        guard LearningProgram.isThere else {
            return Finding(
                what: what, isFound: false, isOptional: true,
                detail: "discover, train, evaluate and predict need it: `make setup` gets libtorch, LIBTORCH=DIR names "
                    + "another, `make build` makes \(path)")
        }
        do {
            // It starts only where libtorch is.
            _ = try ReaderTask.run(executable: path, ["--version"])
            return Finding(what: what, isFound: true, isOptional: true, detail: path)
        } catch {
            return Finding(
                what: what, isFound: false, isOptional: true,
                detail: "\(path) does not start: \(error). `make setup` gets libtorch, then build anew")
        }
    }

    private var python: Finding {
        let path = ".venv/bin/python"
        return Finding(
            what: "Python", isFound: Disk.exists(path), isOptional: true,
            detail: Disk.exists(path) ? path : "for the conformance tests; `make setup` makes .venv")
    }
}

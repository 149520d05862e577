import ArgumentParser
import CommandFace
import DataBank
import Glibc
import SpaceTime

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare what lies on disk with its checksums.",
        discussion: """
            Checks identity, record, refs, tables and every payload byte; names data set, file and sequence of what is \
            damaged and ends with 65 then.

            Examples:
              stbank verify
              stbank verify sevir kth --quick
            """)

    @Argument(help: "Data sets; the whole bank where none is named.")
    var ids: [String] = []

    @Flag(help: "Sizes and headers only.")
    var quick = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let bank = try common.openBank()
        let console = common.console
        let refs = try ids.isEmpty ? bank.refs() : ids.map(bank.resolve)
        let total = refs.reduce(0) { sum, ref in
            sum + ((try? Dataset(ref.digest, in: bank))?.record.payload.reduce(0) { $0 + $1.size } ?? 0)
        }
        let bar = ProgressBar("verify", console: console)
        var done = 0
        let verification = Verification(of: bank, quick: quick) { bytes in
            done += bytes
            bar.show(done, of: max(done, total))
        }
        let findings =
            try ids.isEmpty ? verification.all() : refs.flatMap { try verification.dataset($0.digest, called: $0.id) }
        bar.finish()
        for finding in findings {
            try console.emit(finding)
            let place = finding.sequence.map { ", sequence \($0)" } ?? ""
            console.say("damaged     \(finding.dataset)\(place): \(finding.message)  (\(finding.file))")
        }
        guard findings.isEmpty else { throw ExitCode(EX_DATAERR) }
        console.say("\(refs.count) data sets, \(Amount.bytes(total)): all as it was written")
        console.emit(.object(["verified": .integer(Int64(refs.count)), "bytes": .integer(Int64(total))]))
    }
}

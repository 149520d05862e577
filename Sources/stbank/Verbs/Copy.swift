import ArgumentParser
import CommandFace
import DataBank
import SpaceTime

struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy data sets to another bank, with those they were made from.",
        discussion:
            "Every byte is compared with its checksum on the way.\n\nExample:\n  stbank copy sevir kth --to /data/bank")

    @Argument(help: "Data sets.")
    var ids: [String]

    @Option(help: "The folder of the other bank; made where there is none.", completion: .directory)
    var to: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let bank = try common.openBank()
        let console = common.console
        let refs = try ids.map(bank.resolve)
        let total = try refs.reduce(0) {
            try $0 + Dataset($1.digest, in: bank).record.payload.reduce(0) { $0 + $1.size }
        }
        let target = try Bank(at: to, creating: true)
        let bar = ProgressBar("copy", console: console)
        var done = 0
        let copying = Copying(from: bank, to: target) { bytes in
            done += bytes
            bar.show(done, of: max(done, total))
        }
        for ref in refs {
            try copying.copy(ref)
            bar.finish()
            console.say(ref.pinned)
            console.emit(.object(["id": .text(ref.id), "pinned": .text(ref.pinned)]))
        }
    }
}

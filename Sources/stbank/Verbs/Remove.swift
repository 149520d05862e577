import ArgumentParser
import CommandFace
import DataBank
import SpaceTime

struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a name away from a data set, or remove a run.",
        discussion:
            "The bytes stay until `stbank gc`. Refused while another data set or a run needs it.\n\nExample:\n  stbank remove sevir@1.0.0\n  stbank remove storms"
    )

    @Argument(help: "name@version; a bare name where it has one version only; or a run.")
    var id: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let bank = try common.openBank()
        if Disk.exists("\(bank.path)/runs/\(id)/run.json") {
            try Cleaning(bank).remove(run: id)
            common.console.say("removed the run \(id); `stbank gc` frees the space of its weights")
            return common.console.emit(.object(["removed": .text(id)]))
        }
        let ref = try bank.resolve(id)
        let versions = try bank.refs().filter { $0.name == ref.name }
        if DatasetReference(id)?.version == nil, versions.count > 1 {
            let names = versions.map(\.id).joined(separator: ", ")
            throw BankError(.usage, "\(ref.name) has several versions; say which: \(names)")
        }
        try Cleaning(bank).remove(ref)
        common.console.say("removed \(ref.pinned); `stbank gc` frees its space")
        common.console.emit(.object(["removed": .text(ref.id)]))
    }
}

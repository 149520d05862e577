import ArgumentParser
import CommandFace
import DataBank

struct GC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Free the space of what no name, child or run needs, and of abandoned builds.",
        discussion: "Example:\n  stbank gc")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let result = try Cleaning(try common.openBank()).collect()
        common.console.say(
            "removed \(result.manifests.count) data sets, \(result.objects) payload files, \(result.builds) abandoned builds: "
                + Amount.bytes(result.bytes))
        try common.console.emit(result)
    }
}

import FoundationEssentials
import Handover
import Readers
import SpaceTime

/// The process that touches foreign bytes; started by `stbank`.
@main
struct StbankRead {
    static func main() {
        switch CommandLine.arguments.dropFirst().first {
        case "formats": Formats.show()
        default: ReaderServer(Registry.readers, selecting: Registry.select).serve()
        }
    }
}

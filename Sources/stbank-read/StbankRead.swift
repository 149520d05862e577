internal import Glibc
internal import Handover
internal import Readers
internal import SpaceTime

/// The program that parses foreign bytes, for `stbank`, which starts it: nobody types its name.
@main
struct StbankRead {
    static func main() {
        do {
            switch CommandLine.arguments.dropFirst().first {
            case "serve":
                ReaderServer(Registry.readers) { source, settings, location in
                    try Selection(settings).applied(to: source, scratch: location.scratch)
                }.serve()
            case "formats": try answer(FormatsTask().run())
            case "recipe": try answer(RecipeTask().run())
            case "draw": try answer(DrawTask().run())
            case "versions": try answer(VersionsTask().run())
            default:
                throw ReaderError(.usage, "stbank-read works for stbank, which starts it; run `stbank --help` instead")
            }
        } catch {
            fail(error as? ReaderError ?? ReaderError(.system, "\(error)"))
        }
    }

    private static func answer(_ bytes: [UInt8]) throws {
        try StandardStreams.write(bytes)
        exit(0)
    }

    /// Says why, as JSON for the parent, as a line for people.
    private static func fail(_ error: ReaderError) -> Never {
        let members: [String: JSONValue] = [
            "code": .text(error.code.rawValue), "message": .text(error.message),
            "path": error.path.map { .text($0) } ?? .null,
        ]
        let text = JSONValue.object(members).canonicalText
        // Where nobody listens any more there is nobody to tell.
        _ = try? StandardStreams.write(Array(text.utf8))
        switch error.code {
        case .usage: exit(64)
        case .damaged, .notFound: exit(65)
        case .system: exit(1)
        }
    }
}

internal import Glibc
internal import Handover
internal import SpaceTime

/// A reader process for tests that misbehaves on request, and a parent of one to be killed.
@main
struct EvilReader {
    static func main() throws {
        switch CommandLine.arguments.dropFirst().first {
        case "serve": ReaderServer([SelfTestReader.self]).serve()
        case "parent": try beParent()
        case "tool-sleep": sleep(1000)
        case "tool-crash": Misdeed.crash()
        case "tool-flood": while true { print(String(repeating: "x", count: 1 << 16)) }
        default: exit(64)
        }
    }

    /// Starts a reader that works for ever, and holds a block of it.
    private static func beParent() throws {
        let request = ReaderRequest(
            format: "selftest", settings: ["act": CommandLine.arguments[2]],
            location: Location(paths: [], scratch: "/tmp", threads: 1))
        let process = try ReaderProcess(executable: ReaderExecutable.folder() + "/evil-reader", request: request)
        let all = process.survey.sequences.indices.map {
            FrameRange(sequence: $0, frames: 0..<process.survey.sequences[$0].frameCount)
        }
        try process.deliver(all, to: Hoarder())
    }
}

/// Keeps every block.
private final class Hoarder: FrameReceiver {
    private var blocks: [FrameBlock] = []

    func begin(_ part: FrameRange, covariates: [[Double]]) {}
    func receive(_ block: FrameBlock, field: Int, count: Int) { blocks.append(block) }
    func end() {}
    func refuse(_ reason: String) {}
    func tally(_ what: String, by amount: Int) {}
}

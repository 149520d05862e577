import ArgumentParser
import CommandFace
import Glibc

@main
struct Stbank: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stbank",
        abstract: "A spatio-temporal data bank for people who train forecasting models.",
        discussion: """
            Raw benchmark files become named, checksummed, immutable data sets:

              stbank ingest sevir sample-data/sevir --as sevir
              stbank list
              stbank show sevir

            Exit codes: 0 done, 1 the work failed, 64 wrong usage, 65 damaged or refused input, 75 another process holds \
            it, 130 interrupted.
            """,
        version: Software.version,
        subcommands: [
            Ingest.self, List.self, Show.self, Verify.self, Preview.self, Export.self, Copy.self, Remove.self, GC.self,
            Stream.self, Discover.self, Importance.self, Augment.self, Train.self, Evaluate.self, Predict.self,
            Lineage.self, Replay.self, Parity.self, Doctor.self, Bench.self,
        ]
    )

    static func main() {
        // An interrupted ingest leaves its finished shards in staging; the next start goes on from them.
        signal(SIGINT) { _ in _exit(130) }
        signal(SIGPIPE, SIG_IGN)
        Failure.endProcess(of: Stbank.self)
    }
}

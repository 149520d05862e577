import ArgumentParser
import CommandFace
import Glibc

/// The verbs of `stbank` that need libtorch; `stbank` becomes this program when one of them is asked for.
@main
struct StbankLearn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stbank",
        abstract: "The learning verbs of stbank.",
        version: Software.version,
        subcommands: [
            DiscoverVerb.self, TrainVerb.self, EvaluateVerb.self, PredictVerb.self, ParityVerb.self, BenchVerb.self,
        ]
    )

    static func main() {
        signal(SIGINT) { _ in _exit(130) }
        signal(SIGPIPE, SIG_IGN)
        Failure.endProcess(of: StbankLearn.self)
    }
}

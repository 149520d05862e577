import ArgumentParser
import Glibc
import Tensors

/// The verbs of `stbank` that need libtorch; `stbank` becomes this program when one of them is asked for.
@main
struct StbankLearn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stbank",
        abstract: "The learning verbs of stbank.",
        subcommands: [ParityVerb.self]
    )

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as TensorError {
            Console.write("stbank: error: \(Console.printable(error.description))\n", to: STDERR_FILENO)
            _exit(error.code == .damaged ? EX_DATAERR : error.code == .device ? EX_USAGE : EXIT_FAILURE)
        } catch {
            exit(withError: error)
        }
    }
}

package import ArgumentParser
internal import DataBank
internal import Glibc
internal import SpaceTime

/// Turns an error into a message and an exit code: 1 the work failed, 64 wrong usage, 65 damaged or refused input,
/// 75 another process holds it.
package struct Failure {
    package let code: Int32
    package let kind: String
    package let message: String

    package init(_ error: any Error) {
        switch error {
        case let error as ReaderError:
            message = error.description
            kind = error.code.rawValue
            code = error.code == .usage ? EX_USAGE : error.code == .system ? EXIT_FAILURE : EX_DATAERR
        case let error as BankError:
            message = error.description
            kind = error.code.rawValue
            code =
                switch error.code {
                case .usage, .notFound: EX_USAGE
                case .damaged, .sourceChanged: EX_DATAERR
                case .busy: EX_TEMPFAIL
                case .system: EXIT_FAILURE
                }
        case let error as any SpokenError:
            message = error.description
            kind = error.kind
            code = error.exitStatus
        default:
            message = "\(error)"
            kind = "failed"
            code = EXIT_FAILURE
        }
    }

    /// A command line that cannot be understood.
    package init(usage message: String) {
        code = EX_USAGE
        kind = "usage"
        self.message = message
    }

    /// Says what went wrong as a JSON object.
    package func emit() {
        let members: [String: JSONValue] = [
            "code": .text(kind), "message": .text(message), "exit": .integer(Int64(code)),
        ]
        Console.write(JSONValue.object(["error": .object(members)]).canonicalText + "\n", to: STDOUT_FILENO)
    }

    /// Says what went wrong and ends the process.
    package func exit(json: Bool) -> Never {
        if json { emit() }
        Console.write("stbank: error: \(Console.printable(message))\n", to: STDERR_FILENO)
        // Not `exit`: threads may still hash or write, and would meet libraries that have cleaned up after themselves.
        _exit(code)
    }

    /// Understands and runs a program's command line; ends the process where that fails.
    package static func endProcess<Root: ParsableCommand>(of root: Root.Type) {
        let json = CommandLine.arguments.contains("--json")
        do {
            var command = try root.parseAsRoot()
            try command.run()
        } catch {
            let isPlain = root.exitCode(for: error) == .success || error is ExitCode
            if isPlain { root.exit(withError: error) }
            if root.exitCode(for: error) == .validationFailure {
                if json { Failure(usage: root.message(for: error)).emit() }
                root.exit(withError: error)
            }
            Failure(error).exit(json: json)
        }
    }
}

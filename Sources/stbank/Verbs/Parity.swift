import ArgumentParser

struct Parity: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare networks, metrics and method with golden files: exit 1 where one differs.")

    @Argument(parsing: .captureForPassthrough, help: "Golden files and options; see stbank parity --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["parity"] + arguments) }
}

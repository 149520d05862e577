import ArgumentParser

struct Discover: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train an upstream network and store which patches it looks at.")

    @Argument(parsing: .captureForPassthrough, help: "A data set and options; see stbank discover --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["discover"] + arguments) }
}

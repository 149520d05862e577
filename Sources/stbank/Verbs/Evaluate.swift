import ArgumentParser

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a run's forecasts beside the last frame and the training mean.")

    @Argument(parsing: .captureForPassthrough, help: "A run and options; see stbank evaluate --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["evaluate"] + arguments) }
}

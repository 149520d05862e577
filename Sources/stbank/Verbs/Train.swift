import ArgumentParser

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a forecasting network on a data set, with or without copies.")

    @Argument(parsing: .captureForPassthrough, help: "A data set and options; see stbank train --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["train"] + arguments) }
}

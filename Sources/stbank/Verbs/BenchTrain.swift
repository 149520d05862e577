import ArgumentParser

struct BenchTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Measure whole training steps, by turns with the same steps in another program.")

    @Argument(parsing: .captureForPassthrough, help: "Options; see stbank bench train --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["bench", "train"] + arguments) }
}

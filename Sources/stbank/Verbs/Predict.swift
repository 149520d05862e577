import ArgumentParser

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a run's forecasts as netCDF, and draw them.")

    @Argument(parsing: .captureForPassthrough, help: "A run and options; see stbank predict --help.")
    var arguments: [String] = []

    func run() throws { try LearningProgram.become(["predict"] + arguments) }
}

import ArgumentParser

@main
struct Stbank: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stbank",
        abstract: "A spatio-temporal data bank for people who train forecasting models."
    )
}

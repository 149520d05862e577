import ArgumentParser

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure against the machine's own limits.",
        discussion: "Everything is measured by turns in one run; medians are shown with least and largest.",
        subcommands: [BenchIngest.self, BenchStream.self, BenchAugment.self, BenchTrain.self])
}

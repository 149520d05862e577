import ArgumentParser
import CommandFace
import DataBank
import Forecasting
import SpaceTime
import Streaming
import Tensors

struct EvaluateVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Score a run's forecasts beside the last frame and the training mean.",
        discussion: """
            Every window of the split is forecast once. Scores are in the benchmark's own units and at its thresholds, over all \
            lead times and by lead time; Metrics.md says what each is. Several runs stand side by side. A name that --runs was \
            given stands for all its runs: mean and standard deviation.

              stbank evaluate storms --split test
              stbank evaluate storms storms-nuwa --split test
              stbank evaluate storms --on other-storms --json
              stbank evaluate storms --units physical --thresholds 74,133
            """)

    @Argument(help: ArgumentHelp("A run, or the name of several that differ in their seed.", valueName: "run"))
    var names: [String]

    @Option(name: .customLong("on"), help: "The data set; the one each run learnt from where not given.")
    var dataset: String?

    @OptionGroup var forecasts: ForecastFlags

    @Option(help: "benchmark or physical: the field's own.")
    var units = UnitChoice.benchmark

    @Option(help: "Thresholds of events in the field's own units, as in 74,133; the benchmark's where not given.")
    var thresholds: String?

    @Option(help: "Side of the fractions skill score's windows in pixels, odd.")
    var neighbourhood = 5

    @OptionGroup var common: CommonOptions

    enum UnitChoice: String, ExpressibleByArgument { case benchmark, physical }

    func validate() throws {
        guard neighbourhood > 0, neighbourhood % 2 == 1 else {
            throw ValidationError("--neighbourhood takes 1, 3, 5, …")
        }
        _ = try numbers()
    }

    private func numbers() throws -> [Double]? {
        try thresholds.map { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                guard let number = Double(part), number.isFinite else {
                    throw ValidationError("--thresholds takes numbers, not `\(part)`")
                }
                return number
            }
        }
    }

    func run() throws {
        try Engine.setThreadCount(common.threadCount)
        let (bank, console) = (try common.openBank(), common.console)
        var options = Evaluation.Options()
        options.isPhysical = units == .physical
        options.thresholds = try numbers()
        options.neighbourhood = neighbourhood
        var report = EvaluationReport()
        for name in names {
            var all: [Evaluation] = []
            for run in try TrainedForecaster.runs(named: name, in: bank) {
                let forecaster = try TrainedForecaster(
                    run: run, forecasts.weights, in: bank, on: Device(forecasts.device))
                let bar = ProgressBar(run, console: console, unit: "windows")
                all.append(
                    try Evaluation(of: forecaster, on: dataset, forecasts.splitChoice, forecasts.wishes(), options) {
                        bar.show($0, of: $1)
                    })
                bar.finish()
            }
            try report.add(name, all)
        }
        report.show(console)
    }
}

/// What is forecast, and by which weights.
struct ForecastFlags: ParsableArguments {
    @Option(help: "train, validation or test.")
    var split = "test"

    @Option(help: "best, of the epoch with the least validation loss, or last.")
    var weights = TrainedForecaster.Weights.best

    @Option(help: "Frames from one window's start to the next; the run's where not given.")
    var stride: Int?

    @Option(name: .customLong("batch"), help: "Windows a batch; the run's where not given.")
    var batchSize: Int?

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    func validate() throws {
        guard Split(rawValue: split) != nil else { throw ValidationError("--split takes train, validation or test") }
        for (name, value) in [("--stride", stride), ("--batch", batchSize)] where value.map({ $0 < 1 }) ?? false {
            throw ValidationError("\(name) takes 1 or more")
        }
    }

    var splitChoice: Split { Split(rawValue: split) ?? .test }

    func wishes() -> PlanRequest {
        var request = PlanRequest()
        (request.stride, request.batchSize) = (stride, batchSize)
        return request
    }
}

extension TrainedForecaster.Weights: ExpressibleByArgument {}

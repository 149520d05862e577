import ArgumentParser
import CommandFace
import DataBank
import Exchange
import Forecasting
import SpaceTime
import Tensors

struct PredictVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Write a run's forecasts as netCDF, and draw them.",
        discussion: """
            The file holds `predictions` beside the `inputs` they were made from and the `targets` that came, in the field's own \
            units, with times and the sequences' IDs. The picture has three rows: what was known, what came, what was forecast; \
            a film has two panels, what came and what was forecast.

              stbank predict storms --to storms.nc
              stbank predict storms --split test --windows 20 --to storms.nc --preview storms.png --window 7
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"))
    var name: String

    @Argument(help: "The data set; the one the run learnt from where not given.")
    var id: String?

    @Option(name: [.customShort("o"), .customLong("to")], help: "The file to write: .nc.", completion: .file())
    var output: String?

    @Option(help: "A picture or film of one window: .png, .gif or .mp4.", completion: .file())
    var preview: String?

    @Option(help: "With --preview: the number of the window, from 0.")
    var window = 0

    @Option(help: "Windows at most, from the first; all where not given.")
    var windows: Int?

    @OptionGroup var forecasts: ForecastFlags

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard output != nil || preview != nil else { throw ValidationError("--to or --preview names a file to write") }
        if let output, !output.hasSuffix(".nc") { throw ValidationError("--to takes a file that ends with .nc") }
        if let preview, !Drawing.endings.contains(where: preview.hasSuffix) {
            throw ValidationError("--preview takes a file that ends with .png, .gif or .mp4")
        }
        if let windows, windows < 1 { throw ValidationError("--windows takes 1 or more") }
        guard window >= 0 else { throw ValidationError("--window takes 0 or more") }
    }

    func run() throws {
        try Engine.setThreadCount(common.threadCount)
        let (bank, console) = (try common.openBank(), common.console)
        let forecaster = try TrainedForecaster(run: name, forecasts.weights, in: bank, on: Device(forecasts.device))
        let bar = ProgressBar(name, console: console, unit: "windows")
        // A picture alone needs no more than its window.
        let limit = output == nil ? window + 1 : windows
        let forecast = try Forecast(
            by: forecaster, on: id, forecasts.splitChoice, forecasts.wishes(), to: output, limit: limit,
            example: preview == nil ? nil : window
        ) { bar.show($0, of: $1) }
        bar.finish()
        if let preview, let example = forecast.example { try draw(example, to: preview) }
        for file in [output, preview].compactMap({ $0 }) { console.say(file) }
        console.emit(
            .object([
                "run": .text(name), "windows": .integer(Int64(forecast.windows)),
                "output": output.map { .text($0) } ?? .null, "preview": preview.map { .text($0) } ?? .null,
            ]))
    }

    private func draw(_ example: Forecast.Example, to preview: String) throws {
        let picture = ForecastPicture(
            example.field, range: example.range, inputs: example.inputs, targets: example.targets,
            predictions: example.predictions)
        if preview.hasSuffix(".png") {
            let strip = picture.strip
            try Drawing.write([strip.picture], width: strip.width, height: strip.height, to: preview)
        } else {
            try Drawing.write(picture.pictures, width: picture.width, height: picture.height, to: preview)
        }
    }
}

import ArgumentParser
import ArrayFiles
import CommandFace
import DataBank
import FoundationEssentials
import Glibc
import Handover
import SpaceTime

struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn raw files into a named, checksummed, immutable data set.",
        discussion: """
            Formats: sevir, taxibj, kth, rainnet, pd, firesys, netcdf, array. `stbank doctor --formats` lists their settings.

            Examples:
              stbank ingest sevir ~/SEVIR --as sevir --set type=vil,ir069 --dry-run
              stbank ingest taxibj ~/TaxiBJ --as taxibj
              stbank ingest array frames.npy --as waves --set axes=TCHW --split time:80/10/10
              stbank ingest kth ~/KTH --as kth --recipe kth.yaml

            A second start of an interrupted ingest goes on where the first one stopped. The same files with the same \
            settings give the same ID at once.
            """)

    @Argument(help: "The format of the raw files.")
    var format: String

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    @Option(name: .customLong("as"), help: "NAME or NAME@VERSION of the data set.")
    var name: String?

    @Option(help: "A setting of the format, KEY=VALUE; may be repeated.")
    var set: [String] = []

    @Option(help: "A YAML or JSON file of settings: `set:` with keys and values, `split:`. Flags come before it.")
    var recipe: String?

    @Option(
        help: ArgumentHelp(
            "How to split: source, time:80/10/10, group:80/10/10, dates:2019-01-01/2019-06-01, last-days:28/28, train.",
            valueName: "rule"))
    var split: String?

    @Flag(help: "Show what would be ingested, and what would be skipped and why; write nothing.")
    var dryRun = false

    @Flag(help: "Other content under a name that exists becomes its next major version.")
    var newVersion = false

    @Flag(help: "Add sequences to the highest version of the name, as its next minor version.")
    var extend = false

    @Flag(help: "Store compressed chunks; the same content, the same ID, smaller and slower.")
    var archive = false

    @Flag(help: "Hash the raw files anew, whatever is remembered of them.")
    var rehash = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !dryRun, name == nil { throw ValidationError("--as NAME is missing; it names the data set") }
        if newVersion, extend { throw ValidationError("--new-version and --extend exclude each other") }
    }

    func run() throws {
        let console = common.console
        let naming = try name.map { try DatasetReference(naming: $0) }
        var recipe = try Recipe(flags: set, split: split, file: recipe)
        let reader = try FormatDescription.named(format)
        recipe.settings = try ReaderSettings(recipe.settings, options: reader.options, format: format).values
        let rule = try recipe.split.map { text throws(ReaderError) in try SplitRule(parsing: text) }
        let scratch = try Scratch(beside: dryRun ? nil : common.openBank(creating: true).path)
        let process = try start(recipe.settings, scratch, console)
        let plan = try (rule ?? process.survey.splitRule).apply(to: process.survey)
        if dryRun { return try SurveyReport(process.survey, plan).show(on: console) }
        guard let naming else { return }
        for warning in plan.warnings { console.warn(warning) }
        for note in process.survey.notes { console.note(note) }
        noteSkipped(process.survey, console)
        try ingest(process, naming, request(naming, reader, recipe, plan, process.survey), console)
    }

    /// Starts the reader. An error about nothing in particular names what was given.
    private func start(_ settings: [String: String], _ scratch: Scratch, _ console: Console) throws -> ReaderProcess {
        let given = paths.map(Scratch.absolute)
        do {
            return try ReaderProcess(
                executable: ReaderExecutable.path(),
                request: ReaderRequest(
                    format: format, settings: settings,
                    location: Location(
                        paths: given, scratch: scratch.path, threads: common.threadCount)),
                report: { console.note($0) })
        } catch var error as ReaderError where error.path == nil && [.damaged, .notFound].contains(error.code) {
            error.path = given.prefix(3).joined(separator: ", ")
            throw error
        }
    }

    private func noteSkipped(_ survey: Survey, _ console: Console) {
        let shown = 10
        for skipped in survey.skipped.prefix(shown) { console.warn("left out \(skipped.what): \(skipped.reason)") }
        let rest = survey.skipped.count - shown
        if rest > 0 { console.warn("left out \(rest) things more; --dry-run lists them all") }
    }

    private func request(
        _ naming: DatasetReference, _ reader: FormatDescription, _ recipe: Recipe, _ plan: SplitPlan, _ survey: Survey
    ) -> IngestRequest {
        var settings = recipe.settings
        settings["split"] = plan.rule.description
        var request = IngestRequest(
            name: naming.name, version: naming.version, readerVersion: reader.version, settings: settings,
            parts: plan.parts(of: survey), command: CommandLine.arguments, software: Software.versions)
        request.naming = newVersion ? .newVersion : extend ? .extend : .first
        request.rehash = rehash
        request.archive = archive
        return request
    }

    private func ingest(
        _ process: ReaderProcess, _ naming: DatasetReference, _ request: IngestRequest, _ console: Console
    ) throws {
        let bar = ProgressBar("ingest \(naming.name)", console: console)
        let outcome = try Ingestion(
            into: try common.openBank(), from: process, request, shell: NetCDFShell()
        ) { event in
            switch event {
            case .note(let text): console.note(text)
            case .progress(let done, let total): bar.show(done, of: total)
            }
        }.run()
        bar.finish()
        for refused in outcome.refused { console.warn("left out \(refused.what): \(refused.reason)") }
        for (what, count) in outcome.tallies.sorted(by: { $0.key < $1.key }) { console.note("\(what): \(count)") }
        console.say(outcome.wasKnown ? "\(outcome.ref.pinned) (was there already)" : outcome.ref.pinned)
        console.emit(
            .object([
                "id": .text(outcome.ref.id), "pinned": .text(outcome.ref.pinned),
                "digest": .text(outcome.ref.digest.description), "known": .bool(outcome.wasKnown),
                "refused": .array(
                    outcome.refused.map { .object(["sequence": .text($0.what), "reason": .text($0.reason)]) }),
                "tallies": .object(outcome.tallies.mapValues { .integer(Int64($0)) }),
            ]))
    }
}

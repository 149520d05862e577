import ArgumentParser
import ArrayFiles
import CommandFace
import DataBank
import FoundationEssentials
import Glibc
import Handover
import SpaceTime

struct BenchIngest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Measure ingestion against durable writing, SHA-256 and a peer.",
        discussion: """
            The limit is the lesser of the disk's durable write rate, the better one of through and past the page cache, and half \
            the SHA-256 rate of all processors: every byte is hashed as it is read and as it is written. The line `.cached` takes \
            the write rate through the page cache alone. With --peer a program that copies the same files is run by turns; it \
            prints nothing and gets SOURCE and a target folder.

            The raw files are read once before each ingest and each peer, so that both find them in memory as far as there is \
            room. With --cold the system drops them instead, and the rate at which they are read then is a limit too.

            Example:
              python Tests/Benchmarks/make_sevir.py --gib 4 big
              stbank bench ingest sevir big --peer "python Tests/Benchmarks/h5py_copy.py" --json
            """)

    @Argument(help: "The format of the raw files.")
    var format: String

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    @Option(help: "A setting of the format, KEY=VALUE; may be repeated.")
    var set: [String] = []

    @Option(help: "Turns that count; one before them does not.")
    var runs = 5

    @Option(help: "A command that copies the same; it gets the source's and a target's folder.")
    var peer: String?

    @Flag(help: "Raw files have to come from the disk.")
    var cold = false

    @Option(help: "The name of the measured line.")
    var name = "ingest.hdf5"

    @OptionGroup var common: CommonOptions

    private struct Line: Encodable {
        var name: String
        var value: Double
        var unit = "MB/s"
        var limit: Double
        var ratio: Double
        /// What sets the limit: `write`, `sha256`, `read` or `peer`.
        var bound: String
        var runs: Int
        var min: Double
        var max: Double
    }

    func run() throws {
        let folder = try Scratch(beside: common.openBank(creating: true).path)
        let raw = try RawFiles(paths)
        let bytes = raw.byteCount
        var rates: [String: [Double]] = [:]
        // The first turn counts for nobody: it brings the raw files and the memory in use back for all alike.
        for turn in 0...runs {
            let note = { (name: String, seconds: Double) in
                let rate = Double(bytes) / 1e6 / seconds
                if turn > 0 { rates[name, default: []].append(rate) }
                common.console.note("\(name): \(Amount.number(rate)) MB/s\(turn > 0 ? "" : " (not counted)")")
            }
            note("write", try Limits.secondsToWrite(bytes, in: folder.path, pastCache: false))
            note("write past the cache", try Limits.secondsToWrite(bytes, in: folder.path, pastCache: true))
            note("sha256", Limits.secondsToHash(bytes, threads: Processors.count))
            if cold {
                try raw.forget()
                note("read", try Limits.seconds { try raw.read() })
            }
            try cold ? raw.forget() : raw.read()
            note("ingest", try ingest(into: "\(folder.path)/bank\(turn)", scratch: folder.path))
            guard let peer else { continue }
            try cold ? raw.forget() : raw.read()
            note("peer", try Limits.seconds(of: "\(peer) \(paths[0]) \(folder.path)"))
        }
        try report(rates)
    }

    private func report(_ rates: [String: [Double]]) throws {
        let cached = rates["write"] ?? []
        let best = zip(cached, rates["write past the cache"] ?? []).map { max($0, $1) }
        let hash = (rates["sha256"] ?? []).map { $0 / 2 }
        for (ending, write) in [("", best), (".cached", cached)] {
            var limits: [(name: String, rates: [Double])] = [("write", write), ("sha256", hash)]
            if let read = rates["read"] { limits.append(("read", read)) }
            let bound = limits.min { $0.rates.median < $1.rates.median }?.name ?? ""
            let least = write.indices.map { turn in limits.map { $0.rates[turn] }.min() ?? 0 }
            try emit(line((cold ? ".cold" : "") + ending, rates, least, bound))
        }
        common.console.say(
            "limits: durable write \(Amount.number(best.median)) MB/s (through the page cache "
                + "\(Amount.number(cached.median))), half of SHA-256 \(Amount.number(hash.median)) MB/s")
        if let peer = rates["peer"] { try emit(line((cold ? ".cold" : "") + ".peer", rates, peer, "peer")) }
    }

    private func line(_ ending: String, _ rates: [String: [Double]], _ limits: [Double], _ bound: String) -> Line {
        let own = rates["ingest"] ?? []
        return Line(
            name: name + ending, value: own.median, limit: limits.median,
            ratio: zip(own, limits).map { $0 / $1 }.median, bound: bound, runs: runs, min: own.min() ?? 0,
            max: own.max() ?? 0)
    }

    private func emit(_ line: Line) throws {
        try common.console.emit(line)
        common.console.say(
            "\(line.name)  \(Amount.number(line.value)) MB/s (\(Amount.number(line.min)) to \(Amount.number(line.max)))  "
                + "limit \(Amount.number(line.limit)) (\(line.bound))  ratio \(Amount.decimals(line.ratio, 2))  "
                + "\(line.runs) runs")
    }

    /// Seconds for a whole ingest into an empty bank, sources hashed anew, durable at the end.
    private func ingest(into path: String, scratch: String) throws -> Double {
        let bank = try Bank(at: path, creating: true)
        defer { try? Disk.removeTree(path) }
        let start = Limits.now
        let settings = try Recipe(flags: set, split: nil, file: nil).settings
        let process = try ReaderProcess(
            executable: ReaderExecutable.path(),
            request: ReaderRequest(
                format: format, settings: settings,
                location: Location(paths: paths.map(Scratch.absolute), scratch: scratch, threads: common.threadCount)))
        let plan = try process.survey.splitRule.apply(to: process.survey)
        guard let name = DatasetName("bench") else { preconditionFailure("a constant") }
        let request = IngestRequest(
            name: name, readerVersion: 1, settings: settings, parts: plan.parts(of: process.survey),
            command: CommandLine.arguments, software: Software.versions)
        _ = try Ingestion(into: bank, from: process, request, shell: NetCDFShell()).run()
        return Limits.now - start
    }
}

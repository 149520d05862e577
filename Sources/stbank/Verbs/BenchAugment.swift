import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import FoundationEssentials
import SpaceTime
import Streaming

struct BenchAugment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augment",
        abstract: "Measure making, storing and streaming copies.",
        discussion: """
            Makes a float32 data set in a scratch bank (10 input frames, windows one frame apart) and importance of its patches, then by turns: all copies stored \
            durably against writing as many bytes past the page cache (or 1 GB/s, whichever is less); the first windows' copies made in memory against \
            a peer that gets the same frames and scores; streaming with copies against streaming without, in bytes delivered.

            Example:
              stbank bench augment --peer ".venv/bin/python Tests/Benchmarks/numpy_mix.py" --json
            """)

    @Option(help: "Windows whose copies are stored and streamed.")
    var windows = 4200

    @Option(help: "Windows whose copies are made in memory.")
    var memoryWindows = 128

    @Option(help: "Rows and columns of a frame.")
    var side = 128

    @Option(help: "Which parts: durable, memory, stream, with commas between them.")
    var only = "durable,memory,stream"

    @Option(help: "Turns.")
    var runs = 5

    @Option(
        help: """
            A command that makes the same patches of FRAMES SCORES OUT --windows N … and prints {\"seconds\": …}, of the best \
            of --runs.
            """)
    var peer: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard windows > 0, memoryWindows > 0, (16...4096).contains(side), runs > 0 else {
            throw ValidationError("--windows, --memory-windows and --runs take 1 or more, --side 16 or more")
        }
    }

    /// Of which the best one counts, the peer's and ours: the first one finds neither caches nor memory ready.
    private static let runsInMemory = 8

    private var parts: [Substring] { only.split(separator: ",") }

    func run() throws {
        let scratch = try Scratch(beside: common.openBank(creating: true).path)
        let data = try AugmentBenchData(scratch: scratch.path, windows: windows, side: side)
        let memory = try AugmentInMemory(data.scenes(), windows: memoryWindows)
        let files = ["frames", "scores", "out"].map { "\(scratch.path)/\($0)" }
        try memory.write(frames: files[0], scores: files[1])
        let crew = Crew(threads: common.threadCount)
        var rates: [String: [Double]] = [:]
        for turn in 0..<runs {
            if parts.contains("memory") {
                let own = try memory.seconds(crew, runs: Self.runsInMemory)
                rates["memory", default: []].append(Double(own.patches) / own.seconds)
                if let peer {
                    let seconds = try peerSeconds(peer, files, memory.windows)
                    rates["peer", default: []].append(Double(own.patches) / seconds)
                }
            }
            if parts.contains("durable") || turn == 0 && parts.contains("stream") { try durable(data, turn, &rates) }
            if parts.contains("stream") { try streams(data, &rates) }
            common.console.note("turn \(turn + 1) of \(runs)")
        }
        if peer != nil, parts.contains("memory") {
            let difference = try memory.difference(from: files[2])
            common.console.note("largest difference from the peer's values: \(difference)")
            guard difference < 1e-5 else {
                throw BankError(
                    .damaged, "the peer's values differ by \(difference); the two do not make the same copies")
            }
        }
        try report(rates, patchBytes: data.scenes().layout.patchByteCount)
    }

    private func peerSeconds(_ peer: String, _ files: [String], _ windows: Int) throws -> Double {
        let text = try Limits.output(
            of: "\(peer) \(files.joined(separator: " ")) --windows \(windows) --size \(side) "
                + "--side \(PatchGrid.defaultSide(fieldRows: side, fieldColumns: side)) --runs \(Self.runsInMemory)")
        guard case .real(let seconds)? = try PlanOptions.json(text)["seconds"], seconds > 0 else {
            throw BankError(.usage, "--peer has to print {\"seconds\": …}, not `\(text)`")
        }
        return seconds
    }

    /// Stores all copies, and writes as many bytes.
    private func durable(_ data: AugmentBenchData, _ turn: Int, _ rates: inout [String: [Double]]) throws {
        let name = "copies\(turn)"
        let start = Limits.now
        let bytes = try data.augment(data.scenes(seed: UInt64(turn + 1)), as: name, threads: common.threadCount)
        rates["durable", default: []].append(Double(bytes) / 1e6 / (Limits.now - start))
        let limit = try Limits.secondsToWrite(bytes, in: data.bank.path, pastCache: true)
        rates["write", default: []].append(min(1000, Double(bytes) / 1e6 / limit))
        if turn > 0 { try data.forget(name) }
    }

    /// Bytes delivered by a plain stream and by streams with copies, of one warm epoch.
    private func streams(_ data: AugmentBenchData, _ rates: inout [String: [Double]]) throws {
        let plain = try data.source()
        rates["plain", default: []].append(try rate(plain, batches: plain.stepsPerEpoch))
        var request = PlanRequest()
        request.environments = .text("copies0")
        let stored = try CopyStream.open("floats", in: data.bank, request)
        rates["stored", default: []].append(try rate(stored, batches: stored.stepsPerEpoch / 2))
        let flying = try BatchSource(data.source(), with: FlyingCopies(data.scenes()), as: .parallel)
        rates["flying", default: []].append(try rate(flying, batches: flying.stepsPerEpoch / 4))
    }

    private func rate(_ source: BatchSource, batches: Int) throws -> Double {
        let stream = try BatchStream(source, epochs: 2, threads: common.threadCount)
        for _ in 0..<min(8, batches) { _ = try stream.next() }
        let start = Limits.now
        var bytes = 0
        for _ in 0..<max(1, batches) {
            guard let batch = try stream.next() else { break }
            bytes += 4 * batch.count * (batch.inputShape.reduce(1, *) + batch.targetShape.reduce(1, *))
        }
        return Double(bytes) / 1e6 / (Limits.now - start)
    }

    private func report(_ rates: [String: [Double]], patchBytes: Int) throws {
        let lines = [
            ("augment.durable", "MB/s", "durable", "write"), ("augment.memory", "patches/s", "memory", "peer"),
            ("augment.stream", "MB/s", "stored", "plain"), ("augment.stream.flying", "MB/s", "flying", "plain"),
        ]
        for (name, unit, own, limit) in lines {
            guard let values = rates[own] else { continue }
            // Without a peer there is nothing to hold memory against.
            guard let limits = rates[limit] else {
                common.console.note("\(name)  \(Amount.number(values.median)) \(unit)")
                continue
            }
            let line = BenchLine(name: name, unit: unit, values: values, limits: limits)
            try common.console.emit(line)
            common.console.say(line.text)
        }
    }
}

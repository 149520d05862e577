import ArgumentParser
import CommandFace
import DataBank
import FoundationEssentials
import Glibc
import SpaceTime
import Streaming

struct BenchStream: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Measure streaming against memcpy of the same windows.",
        discussion: """
            Makes data sets of the same shape (float32, uint8, packed float32) in a scratch bank and times one epoch of each after a warm one, by turns with \
            memcpy of the same windows in the same order: from anonymous memory (the limit) and from the map itself. \
            With --peer a program reads the packed chunks by turns; it gets the payload file and the variable, and prints bytes a second.

            Example:
              stbank bench stream --peer ".venv/bin/python Tests/Benchmarks/h5py_chunks.py" --json
            """)

    @Option(help: "Size of the float32 data set in MiB.")
    var mib = 1024

    @Option(help: "Rows and columns of a frame.")
    var side = 128

    @Option(help: "Samples a batch.")
    var batch = 16

    @Option(help: "Turns.")
    var runs = 9

    @Option(help: "A command that reads the packed chunks of FILE VARIABLE and prints bytes a second.")
    var peer: String?

    @OptionGroup var common: CommonOptions

    /// Frames of a window; windows do not overlap, so that an epoch reads every byte once.
    private static let window = 20
    private static let framesPerSequence = 40

    func validate() throws {
        guard (1...1 << 20).contains(mib), (8...4096).contains(side), batch > 0, runs > 0 else {
            throw ValidationError("--mib, --side, --batch and --runs take 1 or more")
        }
    }

    func run() throws {
        let scratch = try Scratch(beside: common.openBank(creating: true).path)
        let banks = try StreamBenchData(
            scratch: scratch.path, bytes: mib << 20, side: side, framesPerSequence: BenchStream.framesPerSequence)
        try banks.make { common.console.note("made \($0)") }
        let bank = try Bank(at: banks.bank)
        let floats = try BatchSource("floats", in: bank, request())
        let bytes = try BatchSource("bytes", in: bank, request(normalise: .standard))
        let packed = try BatchSource("packed", in: Bank(at: banks.packedBank), request())
        let copy = try WindowCopy(
            floats, path: banks.payload("floats"), framesPerSequence: BenchStream.framesPerSequence)
        var rates: [String: [Double]] = [:]
        for turn in 0..<runs {
            let note = { (name: String, seconds: Double) in
                rates[name, default: []].append(Double(floats.windowCount) / seconds)
            }
            note("memcpy", copy.seconds(from: .memory, threads: 1))
            note("stream.float32", try seconds(floats, threads: 1))
            note("memcpy.map", copy.seconds(from: .map, threads: 1))
            note("stream.uint8", try seconds(bytes, threads: 1))
            note("memcpy.2", copy.seconds(from: .memory, threads: 2))
            note("stream.float32.2", try seconds(floats, threads: 2))
            note("stream.uint8.2", try seconds(bytes, threads: 2))
            note("stream.archive", try seconds(packed, threads: Processors.count))
            if let peer { note("peer", copy.byteCount / (try peerRate(peer, banks))) }
            common.console.note("turn \(turn + 1) of \(runs)")
        }
        try report(rates, windowBytes: copy.byteCount / Double(floats.windowCount))
    }

    private func request(normalise: Normalisation = .none) -> PlanRequest {
        var request = PlanRequest()
        request.inputFrames = BenchStream.window / 2
        request.targetFrames = BenchStream.window / 2
        request.stride = BenchStream.window
        request.batchSize = batch
        request.normalise = normalise
        return request
    }

    /// Seconds of the second epoch.
    private func seconds(_ source: BatchSource, threads: Int) throws -> Double {
        let stream = try BatchStream(source, epochs: 2, threads: threads)
        for _ in 0..<source.stepsPerEpoch { _ = try stream.next() }
        let start = Limits.now
        while try stream.next() != nil {}
        return Limits.now - start
    }

    private func peerRate(_ peer: String, _ banks: StreamBenchData) throws -> Double {
        let text = try Limits.output(of: "\(peer) \(banks.payload("packed")) frames_values")
        guard let rate = Double(text.split { $0 == "\n" || $0 == " " }.first.map(String.init) ?? ""), rate > 0 else {
            throw BankError(.usage, "--peer has to print bytes a second, not `\(text)`")
        }
        return rate
    }

    private func report(_ rates: [String: [Double]], windowBytes: Double) throws {
        let pairs = [
            ("stream.float32", "stream.float32", "memcpy"), ("stream.float32.map", "stream.float32", "memcpy.map"),
            ("stream.uint8", "stream.uint8", "memcpy"), ("stream.float32.threads2", "stream.float32.2", "memcpy.2"),
            ("stream.uint8.threads2", "stream.uint8.2", "memcpy.2"), ("stream.archive", "stream.archive", "memcpy.2"),
            ("stream.archive.peer", "stream.archive", "peer"),
        ]
        for (name, own, limit) in pairs {
            guard let values = rates[own], let limits = rates[limit] else { continue }
            let line = BenchLine(name: name, unit: "windows/s", values: values, limits: limits)
            try common.console.emit(line)
            common.console.say("\(line.text)  = \(Amount.number(line.value * windowBytes / 1e6)) MB/s as float32")
        }
    }
}

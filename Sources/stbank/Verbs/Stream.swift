import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import Exchange
import FoundationEssentials
import Glibc
import SpaceTime
import Streaming

struct Stream: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stream mini-batches: look at a plan, measure it, or hand the batches to another program.",
        discussion: """
            The order of windows follows from data set, plan, epoch and step alone; --resume goes on exactly where a stream stopped.

            Examples:
              stbank stream sevir --batch 8 --normalise standard
              stbank stream sevir --split test --report
              stbank stream sevir --epochs 20 --report --step 5
              stbank stream sevir --batches 4 --to batches.npz
              stbank stream sevir --epochs 1 --to - | python train.py
            """)

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @OptionGroup(title: "Plan") var plan: PlanOptions

    @Option(help: "Batches at most; all of the epochs where not given.")
    var batches: Int?

    @Option(help: "Epochs, counted from the very first.")
    var epochs = 1

    @Option(help: "This process' number; else RANK, SLURM_PROCID or OMPI_COMM_WORLD_RANK.")
    var rank: Int?

    @Option(help: "Processes in all; else WORLD_SIZE, SLURM_NTASKS or OMPI_COMM_WORLD_SIZE.")
    var world: Int?

    @Option(help: "Go on from a state: JSON, or a file with it.")
    var resume: String?

    @Option(help: "Write the state behind the last batch to a file.", completion: .file())
    var state: String?

    @Option(help: "Where batches go: FILE.npz, or - for standard output.", completion: .file())
    var to: String?

    @Option(help: "On standard output: npy (inputs, then targets, of each batch) or raw (their bytes alone).")
    var form = "npy"

    @Flag(help: "Tell samples and bytes a second and the time waited.")
    var report = false

    @Option(
        name: .customLong("step"),
        help: "Milliseconds from a batch to the next request, as a training's step: does loading keep up?")
    var stepMilliseconds = 0.0

    @Option(help: "Batches that are filled ahead.")
    var ahead = 3

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard ["npy", "raw"].contains(form) else { throw ValidationError("--form takes npy or raw") }
        guard to == nil || to == "-" || to?.hasSuffix(".npz") == true else {
            throw ValidationError("--to takes a file that ends with .npz, or -")
        }
        guard (rank == nil) == (world == nil) else { throw ValidationError("--rank and --world go together") }
        guard epochs > 0, batches.map({ $0 > 0 }) ?? true, (1...1024).contains(ahead) else {
            throw ValidationError("--epochs and --batches take 1 or more, --ahead 1 to 1024")
        }
        guard (0...60_000).contains(stepMilliseconds) else { throw ValidationError("--step takes 0 to 60000") }
        if stepMilliseconds > 0, to != nil { throw ValidationError("--step goes with --report, not with --to") }
        if to == "-", common.json { throw ValidationError("--to - and --json both want standard output") }
    }

    func run() throws {
        let source = try CopyStream.open(id, in: common.openBank(), plan.request())
        let start = try resume.map { try StreamState(PlanOptions.json($0)) }
        // Two threads outrun most consumers; more only where they are asked for.
        let stream = try BatchStream(
            source, shard: try shard(), from: start, epochs: epochs,
            threads: common.threads ?? min(2, Processors.count),
            ahead: ahead)
        let meter = StreamMeter(limit: batches ?? (to == nil && !report ? 1 : nil), summarises: to != "-")
        if to != "-" { describe(source) }
        switch to {
        case nil: while try meter.next(of: stream) != nil { usleep(UInt32(1000 * stepMilliseconds)) }
        case "-": try write(stream, meter)
        case let path?:
            try BatchArchive.write(to: path, batches: meter.expected(of: stream, from: start, epochs: epochs)) {
                try meter.next(of: stream)
            }
        }
        try finish(source, meter)
    }

    private func shard() throws -> Shard {
        if let rank, let world { return Shard(rank: rank, world: world) }
        return try Shard.fromEnvironment()
    }

    private func write(_ stream: BatchStream, _ meter: StreamMeter) throws {
        while let batch = try meter.next(of: stream) {
            let shapes = [batch.inputShape, batch.targetShape]
            for (place, shape) in shapes.enumerated() {
                if form == "npy" {
                    let header = NPYHeader.bytes(descr: "<f4", shape: [batch.count] + shape)
                    try header.withUnsafeBytes { try Console.writeAll($0, to: STDOUT_FILENO) }
                }
                try (place == 0 ? batch.withInputs : batch.withTargets) { numbers in
                    try Console.writeAll(UnsafeRawBufferPointer(numbers), to: STDOUT_FILENO)
                }
            }
        }
    }

    private func describe(_ source: BatchSource) {
        let console = common.console
        let shape = { (shape: [Int]) in "(" + shape.map(String.init).joined(separator: ", ") + ")" }
        let b = source.plan.batchSize
        console.say("\(source.name)  \(source.plan.split.rawValue)")
        console.say("plan        \(source.plan.text)")
        console.say(
            "windows     \(source.windowCount)   steps an epoch \(source.stepsPerEpoch)   plan \(source.planDigest)")
        console.say(
            "inputs      float32 \(shape([b] + source.inputShape))   targets \(shape([b] + source.targetShape))")
        console.emit(source.description)
    }

    private func finish(_ source: BatchSource, _ meter: StreamMeter) throws {
        let console = common.console
        if let first = meter.firstBatch { console.say("first       \(first)") }
        if report { to == "-" ? console.note(meter.text) : console.say(meter.text) }
        if let next = meter.next {
            if let state { try Disk.writeWhole(next.value.canonicalText + "\n", to: state) }
            if to != "-" { console.say("state       \(next.value.canonicalText)") }
        }
        if to != "-" {
            console.emit(.object(["state": meter.next?.value ?? .null, "report": meter.value]))
        }
    }
}

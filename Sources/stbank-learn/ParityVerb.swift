import ArgumentParser
import CommandFace
import FoundationEssentials
import Glibc
import NetworkParity
import Parity
import Tensors

struct ParityVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity",
        abstract: "Compare networks, metrics and method with golden files: exit 1 where one differs.",
        discussion: """
            Builds what a golden file describes, loads its state and prints the largest absolute difference of each group \
            against the tolerance that the file allows.

              stbank parity golden/*.h5
              stbank parity golden/vit.h5 --only output --only grad
            """)

    @Argument(help: "Golden files (HDF5).")
    var files: [String]

    @Option(help: "Compare only this group; may be given several times.")
    var only: [String] = []

    @Option(help: "Weights (.safetensors, .pth) to take in place of those of the one golden file.")
    var weights: String?

    @Option(help: "Write the weights of the one golden file as safetensors, under the reference's names.")
    var saveWeights: String?

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Option(help: "Threads to use; as many as there are processors where not given.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024") }
        if weights != nil || saveWeights != nil, files.count != 1 {
            throw ValidationError("--weights and --save-weights go with one golden file")
        }
    }

    func run() throws {
        if let threads { try Engine.setThreadCount(threads) }
        let parity = ParityRun([NetworkCheck.self, MetricsCheck.self, MethodCheck.self], only: only, weights: weights)
        if let saveWeights { try NetworkCheck.saveWeights(of: files[0], to: saveWeights) }
        var failures = 0
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for file in files {
            parity.lines(of: file) { line in
                if !line.passed { failures += 1 }
                let text = json ? Self.object(line, encoder) : Self.text(line)
                Console.write(text + "\n", to: STDOUT_FILENO)
            }
        }
        if failures > 0 {
            Console.write("stbank: error: \(failures) comparison(s) failed\n", to: STDERR_FILENO)
            throw ExitCode.failure
        }
    }

    private static func object(_ line: ParityLine, _ encoder: JSONEncoder) -> String {
        var line = line
        // JSON knows no infinity.
        if line.difference?.isFinite == false { line.difference = nil }
        let data = (try? encoder.encode(line)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func text(_ line: ParityLine) -> String {
        let columns = [line.passed ? "pass" : "FAIL", padded(line.file, 24), padded(line.group, 24)]
        guard let difference = line.difference, let tolerance = line.tolerance else {
            return (columns + [line.detail ?? ""]).joined(separator: "  ")
        }
        let numbers = "\(padded(short(difference), 8)) of \(short(tolerance))"
        let detail = line.passed ? "" : "  \(line.detail ?? "")"
        return Console.printable(columns.joined(separator: "  ") + "  " + numbers + detail)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Two significant digits, such as `3.1e-07`.
    private static func short(_ value: Double) -> String {
        guard value.isFinite else { return "infinite" }
        if value == 0 { return "0" }
        var exponent = Int(log10(value).rounded(.down))
        var mantissa = (value / pow(10, Double(exponent)) * 10).rounded() / 10
        if mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        return "\(mantissa)e\(exponent)"
    }
}

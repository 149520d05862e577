import ArgumentParser
import CommandFace
import DataBank
import Exchange
import SpaceTime

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a data set for other programs: NumPy arrays, PROV-JSON, a Croissant card.",
        discussion: """
            The file's ending chooses: .npz, .prov.json, .croissant.json.

            Arrays of frames: frames, sequence_start, sequence_length, sequence_id, split, time, flags. Of importance: importance, mask, frame, \
            and the sequences as above. Of environments: values and, a patch each, sample, copy, frame, patch, neighbours; a window \
            each, window_sequence, window_first_frame. The stored files themselves are netCDF-4; `stbank show --json` says where they lie.

            Examples:
              stbank export sevir -o sevir.npz
              stbank export sevir -o sevir.prov.json
              stbank export sevir -o sevir.croissant.json
            """)

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(name: .shortAndLong, help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "Of frames: the field to export; the first where not given.")
    var field: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard [".npz", ".prov.json", ".croissant.json"].contains(where: { output.hasSuffix($0) }) else {
            throw ValidationError("-o takes a file that ends with .npz, .prov.json or .croissant.json")
        }
    }

    func run() throws {
        let bank = try common.openBank()
        let ref = try bank.resolve(id)
        let dataset = try Dataset(ref.digest, in: bank)
        let console = common.console
        if output.hasSuffix(".prov.json") {
            try write(ProvenanceDocument.json(of: dataset, ref: ref))
        } else if output.hasSuffix(".croissant.json") {
            try write(CroissantCard.json(of: dataset, ref: ref))
        } else {
            let bar = ProgressBar("export \(ref.id)", console: console)
            var done = 0
            try writeArrays(of: dataset, called: ref.pinned) { bytes, total in
                done += bytes
                bar.show(done, of: total)
            }
            bar.finish()
        }
        console.say(output)
        console.emit(.object(["id": .text(ref.id), "output": .text(output)]))
    }

    private func writeArrays(
        of dataset: Dataset, called name: String, progress: (Int, Int) throws -> Void
    ) throws {
        let kind = dataset.identity.kind
        guard field == nil || kind == .frames else {
            throw BankError(.usage, "--field chooses among fields of frames, and \(name) holds \(kind.rawValue)")
        }
        switch kind {
        case .frames: try FrameExport.write(dataset, field: fieldNumber(in: dataset), to: output, progress: progress)
        case .importance: try ImportanceExport.write(dataset, to: output, progress: progress)
        case .environments: try PatchExport.write(dataset, called: name, to: output, progress: progress)
        }
    }

    private func write(_ value: JSONValue) throws { try Disk.writeWhole(value.canonicalText + "\n", to: output) }

    private func fieldNumber(in dataset: Dataset) throws -> Int {
        guard let field else { return 0 }
        let names = dataset.identity.fields.map(\.name)
        guard let number = names.firstIndex(of: field) else {
            throw BankError(.usage, "there is no field `\(field)`; there are \(names.joined(separator: ", "))")
        }
        return number
    }
}

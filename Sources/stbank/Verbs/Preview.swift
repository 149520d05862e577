import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import Exchange
import SpaceTime

struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a sequence: a strip of frames as PNG, or a film as GIF or MP4.",
        discussion: """
            Examples:
              stbank preview sevir -o storm.png
              stbank preview kth --sequence person01_boxing_d1 -o walk.gif
              stbank preview kth-maps -o maps.gif
              stbank preview kth-copies --sample 12 --copy 2 -o copy.png

            Importance is drawn over the frames it speaks about: the frame, the frame with its environment patches dimmed, \
            and a heat map from the least important patch (blue) to the most (yellow).

            Of copies, the input frames of one window are drawn: original, copy, what the copy has more (orange) and less (blue), and the \
            original with its environment patches dimmed, those that the copy replaces framed in red.
            """)

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(name: .shortAndLong, help: "The file to write: .png, .gif or .mp4.", completion: .file())
    var output: String

    @Option(help: "The sequence to draw; the first where not given.")
    var sequence: String?

    @Option(help: "The field to draw; the first where not given.")
    var field: String?

    @Option(help: "Of copies: the number of a window, or SEQUENCE@FIRST-FRAME; the first window where not given.")
    var sample: String?

    @Option(help: "Of copies: which one, from 1; the first where not given.")
    var copy: Int?

    @Option(help: "Frames at most.")
    var frames = 48

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard Drawing.endings.contains(where: { output.hasSuffix($0) }) else {
            throw ValidationError("-o takes a file that ends with .png, .gif or .mp4")
        }
        guard (1...10_000).contains(frames) else { throw ValidationError("--frames takes 1 to 10000") }
    }

    func run() throws {
        let bank = try common.openBank()
        let ref = try bank.resolve(id)
        let dataset = try Dataset(ref.digest, in: bank)
        let film = try film(of: dataset, called: ref.pinned)
        if output.hasSuffix(".png") {
            let strip = film.strip
            try Drawing.write([strip.picture], width: strip.width, height: strip.height, to: output)
        } else {
            try Drawing.write(film.pictures, width: film.width, height: film.height, to: output)
        }
        common.console.say(output)
        common.console.emit(.object(["id": .text(ref.id), "output": .text(output)]))
    }

    private func film(of dataset: Dataset, called name: String) throws -> Film {
        let kind = dataset.identity.kind
        if kind == .environments {
            guard sequence == nil, field == nil else {
                throw BankError(.usage, "of copies one window is drawn; name it by --sample NUMBER or SEQUENCE@FRAME")
            }
            let set = try EnvironmentSet(dataset, called: name)
            return try CopyPicture(
                set, set.scenes.window(named: sample ?? "0"), copy: copy ?? 1, frames: frames
            ).film
        }
        guard sample == nil, copy == nil else {
            throw BankError(.usage, "--sample and --copy choose among copies, and \(name) holds \(kind.rawValue)")
        }
        return kind == .importance
            ? try ImportancePicture(dataset, sequence: sequence, frames: frames).film
            : try SequencePicture(dataset, sequence: sequence, field: field, frames: frames).film
    }
}

import ArgumentParser
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

            Importance is drawn over the frames it speaks about: the frame, the frame with its environment patches dimmed, \
            and a heat map from the least important patch (blue) to the most (yellow).
            """)

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(name: .shortAndLong, help: "The file to write: .png, .gif or .mp4.", completion: .file())
    var output: String

    @Option(help: "The sequence to draw; the first where not given.")
    var sequence: String?

    @Option(help: "The field to draw; the first where not given.")
    var field: String?

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
        let isStrip = output.hasSuffix(".png")
        if dataset.identity.kind == .importance {
            let picture = try ImportancePicture(dataset, sequence: sequence, frames: frames)
            let strip = picture.strip
            if isStrip {
                try Drawing.write([strip.picture], width: strip.width, height: strip.height, to: output)
            } else {
                try Drawing.write(picture.pictures, width: picture.width, height: picture.height, to: output)
            }
        } else {
            let picture = try SequencePicture(dataset, sequence: sequence, field: field, frames: frames)
            let strip = picture.strip
            if isStrip {
                try Drawing.write([strip.picture], width: strip.width, height: strip.height, to: output)
            } else {
                try Drawing.write(picture.pictures, width: picture.width, height: picture.height, to: output)
            }
        }
        common.console.say(output)
        common.console.emit(.object(["id": .text(ref.id), "output": .text(output)]))
    }
}

internal import ArrayFiles
internal import FoundationEssentials
internal import Metrics
internal import SpaceTime

/// Golden files of metrics, of the form of `metrics.h5` (MODELS.md section 12): groups of predicted and true frames, (B, T, C, H, W),
/// or with the scores of events (N, T, H, W, 1) in 0 to 1.
package enum MetricsCheck: GoldenCheck {
    package static func claims(_ file: GoldenFile) -> Bool {
        guard file.text("model") == nil, let names = try? file.topNames else { return false }
        return names.contains { file.file.isDataset("/\($0)/pred") && file.file.isDataset("/\($0)/true") }
    }

    package static func groups(of file: GoldenFile) throws -> [String] { try file.topNames }

    package static func lines(of group: String, in file: GoldenFile, weights: String?) throws -> [ParityLine] {
        guard weights == nil else {
            throw ReaderError(.usage, "holds no network, so weights have no place in it", path: file.path)
        }
        let part = try GoldenGroup(file.file, "/" + group)
        let frames = try GoldenFrames(part)
        var comparison = Comparison()
        if try part.groups().isEmpty {
            try PictureParity.compare(part, frames, &comparison)
        } else {
            try EventParity.compare(part, frames, thresholds: thresholds(of: file), &comparison)
        }
        return [
            ParityLine(
                file.name, group, difference: comparison.difference, tolerance: comparison.tolerance ?? 0,
                detail: comparison.place)
        ]
    }

    private struct Configuration: Decodable { var thresholds: [Double] }

    private static func thresholds(of file: GoldenFile) throws -> [Double] {
        let text = file.text("config") ?? ""
        guard let found = try? JSONDecoder().decode(Configuration.self, from: Data(text.utf8)) else {
            throw ReaderError(
                .damaged, "its attribute `config` is no JSON object with `thresholds`", path: file.path)
        }
        return found.thresholds
    }
}

/// Predicted and true frames of a group, in the order in which they lie in the file.
struct GoldenFrames {
    /// Samples, frames, channels, rows, columns.
    let shape: [Int]
    private let prediction: [Double]
    private let truth: [Double]

    init(_ group: GoldenGroup) throws {
        let (found, expected) = (try group.array("pred").checked(axes: 5), try group.array("true"))
        let isEvents = try !group.groups().isEmpty
        shape = isEvents ? [0, 1, 4, 2, 3].map { found.shape[$0] } : found.shape
        guard !isEvents || shape[2] == 1 else { throw group.damaged("frames of events have one channel, at the end") }
        truth = try expected.checked(shape: found.shape).values
        prediction = found.values
    }

    var sampleCount: Int { shape[0] }
    var length: Int { shape[1] }

    /// - Parameter transform: of every number.
    func frames(_ sample: Int, _ time: Int, _ transform: @escaping (Double) -> Double = { $0 }) -> (Frame, Frame) {
        let size = shape[2...].reduce(1, *)
        let range = ((sample * length + time) * size)..<((sample * length + time + 1) * size)
        let frame = { (values: [Double]) in
            Frame(channels: shape[2], rows: shape[3], columns: shape[4], values: values[range].map(transform))
        }
        return (frame(prediction), frame(truth))
    }
}

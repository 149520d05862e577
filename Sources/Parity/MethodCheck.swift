internal import ArrayFiles
internal import SpaceTime

/// Golden files of the method, of the form of `method.h5` (METHOD.md section 9).
package enum MethodCheck: GoldenCheck {
    /// The groups such a file may hold, in the order in which they are checked.
    package static let known = [
        "importance", "mask", "distrixplorer", "sampling", "backdoor", "released_code", "rng", "pipeline",
    ]

    package static func claims(_ file: GoldenFile) -> Bool {
        file.text("model") == nil && known.contains { file.file.isGroup("/" + $0) }
    }

    /// All groups of the file, also those that nothing here compares: they fail.
    package static func groups(of file: GoldenFile) throws -> [String] {
        let held = try file.topNames
        return known.filter(held.contains) + held.filter { !known.contains($0) }
    }

    package static func lines(of group: String, in file: GoldenFile, weights: String?) throws -> [ParityLine] {
        guard weights == nil else {
            throw ReaderError(.usage, "holds no network, so weights have no place in it", path: file.path)
        }
        guard known.contains(group) else {
            return [ParityLine(file.name, group, failure: "nothing here compares this group")]
        }
        var comparison = Comparison()
        try compare(GoldenGroup(file.file, "/" + group), &comparison)
        guard comparison.arrays > 0 else {
            return [ParityLine(file.name, group, failure: "the group holds nothing to compare")]
        }
        return [
            ParityLine(
                file.name, group, difference: comparison.difference, tolerance: comparison.tolerance ?? 0,
                detail: comparison.place)
        ]
    }

    private static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        switch group.name {
        case "backdoor": try BackdoorParity.compare(group, &comparison)
        case "rng": try RandomParity.compare(group, &comparison)
        case "pipeline": try PipelineParity.compare(group, &comparison)
        default:
            for part in try group.groups() {
                comparison.begin(part.name)
                switch group.name {
                case "importance": try ImportanceParity.compare(part, &comparison)
                case "mask": try MaskParity.compare(part, &comparison)
                case "distrixplorer": try MixingParity.compare(part, &comparison)
                case "sampling": try SamplingParity.compare(part, &comparison)
                default: try ReleasedCodeParity.compare(part, &comparison)
                }
            }
        }
    }
}

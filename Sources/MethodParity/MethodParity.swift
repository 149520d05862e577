internal import ArrayFiles
internal import SpaceTime

/// Compares the method with worked numbers in a file of the form of `method.h5` (METHOD.md section 9).
package enum MethodParity {
    /// The groups such a file may hold, in the order in which they are checked.
    package static let groups = [
        "importance", "mask", "distrixplorer", "sampling", "backdoor", "released_code", "rng", "pipeline",
    ]

    /// Whether a file has the form of `method.h5`: at least one group of its names.
    package static func recognises(_ file: String) -> Bool {
        guard let opened = try? HDF5File(path: file) else { return false }
        return groups.contains { opened.isGroup("/" + $0) }
    }

    /// One line a group of the file.
    ///
    /// - Parameter only: the groups to check; empty for all that the file holds.
    /// - Throws: `ReaderError`: `.usage` for a group that is not one of `groups`, `.notFound` for one that is asked for and not
    ///   there, `.damaged` for a file that is not of this form.
    package static func check(file: String, only: [String] = []) throws -> [ParityLine] {
        for name in only where !groups.contains(name) {
            throw ReaderError(
                .usage, "`\(name)` is no group of the method; there are \(groups.joined(separator: ", "))")
        }
        let golden = try HDF5File(path: file)
        for name in only where !golden.isGroup("/" + name) {
            throw ReaderError(.notFound, "there is no group `\(name)` to compare with", path: file)
        }
        let held = groups.filter { golden.isGroup("/" + $0) }
        guard !held.isEmpty else {
            throw ReaderError(.damaged, "holds none of the groups \(groups.joined(separator: ", "))", path: file)
        }
        return try held.filter { only.isEmpty || only.contains($0) }.map { name in
            var comparison = Comparison(name)
            try compare(GoldenGroup(golden, "/" + name), &comparison)
            return comparison.line
        }
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

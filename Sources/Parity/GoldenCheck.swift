/// Knows one kind of golden file.
package protocol GoldenCheck {
    /// Whether this file is of the kind.
    static func claims(_ file: GoldenFile) -> Bool

    /// The groups that `--only` may name in this file.
    static func groups(of file: GoldenFile) throws -> [String]

    /// Compares one group; more than one line where it has parts. Errors become failed lines.
    ///
    /// - Parameter weights: a file of weights to take in place of those of the golden file.
    static func lines(of group: String, in file: GoldenFile, weights: String?) throws -> [ParityLine]
}

/// Compares golden files with what is built here.
package struct ParityRun {
    /// Kinds of golden files, the first that claims one compares it. `method.h5` belongs to CausalAugmentation: its check is
    /// added here.
    package static var checks: [any GoldenCheck.Type] { [NetworkCheck.self] }

    /// Names of groups, or their beginnings up to a slash; empty compares everything.
    package var only: [String]
    /// Weights (`.safetensors`, or `.pth` of torch.save) to take in place of those of the golden files.
    package var weights: String?

    package init(only: [String] = [], weights: String? = nil) {
        self.only = only
        self.weights = weights
    }

    /// Writes the weights of a golden file of a network as safetensors, under the reference's names.
    package static func saveWeights(of path: String, to target: String) throws {
        try NetworkRig(GoldenFile(path), weights: nil).save(to: target)
    }

    /// All lines of a file. What cannot be read or built is a failed line, never a skip.
    package func lines(of path: String, report: (ParityLine) -> Void) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do {
            let file = try GoldenFile(path)
            guard let check = Self.checks.first(where: { $0.claims(file) }) else {
                return report(ParityLine(name, "file", failure: "nothing here knows this kind of golden file yet"))
            }
            let groups = try check.groups(of: file).filter(isWanted)
            if groups.isEmpty {
                let have = try check.groups(of: file).joined(separator: ", ")
                return report(ParityLine(name, only.joined(separator: ","), failure: "the file has only \(have)"))
            }
            for group in groups {
                do {
                    try check.lines(of: group, in: file, weights: weights).forEach(report)
                } catch {
                    report(ParityLine(name, group, failure: "\(error)"))
                }
            }
        } catch {
            report(ParityLine(name, "file", failure: "\(error)"))
        }
    }

    private func isWanted(_ group: String) -> Bool {
        only.isEmpty || only.contains { group == $0 || group.hasPrefix($0 + "/") }
    }
}

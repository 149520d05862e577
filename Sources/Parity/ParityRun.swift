/// Compares golden files with what is built here.
package struct ParityRun {
    /// Kinds of golden files; the first that claims a file compares it.
    package var checks: [any GoldenCheck.Type]
    /// Names of groups, or their beginnings up to a slash; empty compares everything.
    package var only: [String]
    /// Weights (`.safetensors`, or `.pth` of torch.save) to take in place of those of the golden files.
    package var weights: String?

    package init(_ checks: [any GoldenCheck.Type], only: [String] = [], weights: String? = nil) {
        self.checks = checks
        self.only = only
        self.weights = weights
    }

    /// All lines of a file. What cannot be read or built, and a group asked for that is not there, is a failed line, never a
    /// skip.
    package func lines(of path: String, report: (ParityLine) -> Void) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do {
            let file = try GoldenFile(path)
            guard let check = checks.first(where: { $0.claims(file) }) else {
                return report(ParityLine(name, "file", failure: "nothing here knows this kind of golden file"))
            }
            let groups = try check.groups(of: file)
            for wanted in only where !groups.contains(where: { Self.covers(wanted, $0) }) {
                report(ParityLine(name, wanted, failure: "the file has only \(groups.joined(separator: ", "))"))
            }
            for group in groups where only.isEmpty || only.contains(where: { Self.covers($0, group) }) {
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

    private static func covers(_ wanted: String, _ group: String) -> Bool {
        group == wanted || group.hasPrefix(wanted + "/")
    }
}

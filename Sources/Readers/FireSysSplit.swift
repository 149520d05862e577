internal import FoundationEssentials
internal import SpaceTime

/// A published split: `datainfo/<system>/data_split_dict_<seed>.json` with sequence numbers under train, val and test.
struct FireSysSplit {
    private static let largestByteCount = 16 << 20
    /// How many folders above the sequences `datainfo` is looked for.
    private static let heights = 1...3

    let source: Survey.Source
    /// By sequence ID.
    let labels: [String: Split]

    /// The file among those given, else in `datainfo` beside or above the system's folder.
    ///
    /// - Parameters:
    ///   - isWanted: the user named the seed, so that its file must be there.
    ///   - folder: a sequence's, without the leading `/`.
    static func find(
        system: String, seed: String, isWanted: Bool, files: SourceFiles, folder: String
    ) throws(ReaderError) -> FireSysSplit? {
        let name = "data_split_dict_\(seed).json"
        let given = files.files.filter { file in
            let parts = file.path.split(separator: "/")
            return parts.last.map(String.init) == name && parts.dropLast().last.map(String.init) == system
        }
        if let file = given.first {
            guard given.count == 1 else {
                throw ReaderError(.damaged, "lies beside another \(name) of \(system); give one", path: given[1].path)
            }
            return try FireSysSplit(file)
        }
        let parts = folder.split(separator: "/").map(String.init)
        for height in heights where height < parts.count {
            let path = "/" + (parts.dropLast(height) + ["datainfo", system, name]).joined(separator: "/")
            if FileManager.default.fileExists(atPath: path) {
                return try FireSysSplit(.init(path: path, name: "datainfo/\(system)/\(name)"))
            }
        }
        guard !isWanted else {
            throw ReaderError(
                .notFound, "datainfo/\(system)/\(name) is not here; leave out --set seed=\(seed)", path: "/" + folder)
        }
        return nil
    }

    private init(_ source: Survey.Source) throws(ReaderError) {
        self.source = source
        let bytes = try SourceFiles.bytes(of: source.path, atMost: FireSysSplit.largestByteCount)
        guard let parts = try? JSONDecoder().decode([String: [Int64]].self, from: Data(bytes)) else {
            let message = "is no split file: lists of sequence numbers under train, val and test are needed"
            throw ReaderError(.damaged, message, path: source.path)
        }
        let names: [(key: String, split: Split)] = [("train", .train), ("val", .validation), ("test", .test)]
        guard Set(parts.keys).isSubset(of: Set(names.map(\.key))), parts["train"] != nil else {
            let keys = parts.keys.sorted().joined(separator: ", ")
            throw ReaderError(.damaged, "has the keys \(keys) where train, val and test are due", path: source.path)
        }
        var labels: [String: Split] = [:]
        for (key, split) in names {
            for number in parts[key] ?? [] {
                if let other = labels.updateValue(split, forKey: String(number)), other != split {
                    let message = "puts sequence \(number) both into \(other.rawValue) and into \(split.rawValue)"
                    throw ReaderError(.damaged, message, path: source.path)
                }
            }
        }
        self.labels = labels
    }
}

public import Tensors

/// Every parameter and buffer of a model under its reference `state_dict` name, named where it is made.
public final class Parameters {
    public enum Kind: Hashable, Sendable {
        case parameter
        /// A parameter of the `state_dict` that is never trained.
        case frozen
        /// Running statistics and index tables.
        case buffer
    }

    public struct Entry {
        public let name: String
        public let kind: Kind
        public let tensor: Tensor
    }

    /// In the order in which the model made them.
    public private(set) var entries: [Entry] = []
    private var places: [String: Int] = [:]
    /// Where new ones are made.
    public let device: Device

    public init(on device: Device = .cpu) { self.device = device }

    /// Where the model's outermost module makes its own.
    public var root: Scope { Scope(owner: self, prefix: "") }

    public subscript(_ name: String) -> Tensor? { places[name].map { entries[$0].tensor } }

    /// What an optimiser may change.
    public var trained: [Entry] { entries.filter { $0.kind == .parameter } }

    /// How many numbers are trained.
    public var trainedCount: Int { trained.reduce(0) { $0 + $1.tensor.count } }

    func add(_ name: String, _ tensor: Tensor, _ kind: Kind) throws(TensorError) {
        precondition(places[name] == nil, "two parameters of the name \(name)")
        if kind == .parameter { try tensor.setRequiresGradient(true) }
        places[name] = entries.count
        entries.append(Entry(name: name, kind: kind, tensor: tensor))
    }

    /// The outcome of loading by name.
    public struct LoadReport: Hashable, Sendable {
        /// Names of the model that were not among the values.
        public var missing: [String] = []
        /// Names among the values that the model does not have.
        public var unexpected: [String] = []
    }

    /// Overwrites by name; what is not named keeps its values.
    ///
    /// - Throws: `.damaged` where a shape differs, naming it; nothing was changed then.
    public func load(_ values: [String: Tensor]) throws(TensorError) -> LoadReport {
        var report = LoadReport()
        for entry in entries {
            guard let value = values[entry.name] else {
                report.missing.append(entry.name)
                continue
            }
            guard value.shape == entry.tensor.shape else {
                throw TensorError(
                    .damaged,
                    "\(entry.name) has the shape \(value.shape), but the model's is \(entry.tensor.shape); "
                        + "the settings of the model differ from those the values were made with")
            }
        }
        report.unexpected = values.keys.filter { places[$0] == nil }.sorted()
        for entry in entries {
            if let value = values[entry.name] { try entry.tensor.copy(from: value) }
        }
        return report
    }

    /// As `load`, but every name must be on both sides.
    ///
    /// - Throws: `.damaged` with the names that are missing or unexpected; nothing was changed then.
    public func loadStrictly(_ values: [String: Tensor]) throws(TensorError) {
        let missing = entries.map(\.name).filter { values[$0] == nil }
        let unexpected = values.keys.filter { places[$0] == nil }.sorted()
        guard missing.isEmpty, unexpected.isEmpty else {
            let parts = [("missing", missing), ("unexpected", unexpected)].filter { !$0.1.isEmpty }
            let words = parts.map { "\($0.0): \(Self.shortened($0.1))" }.joined(separator: "; ")
            throw TensorError(.damaged, "the names of the values are not the model's; \(words)")
        }
        _ = try load(values)
    }

    private static func shortened(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }

    /// All by name, sharing the model's memory.
    public var state: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.tensor) })
    }
}

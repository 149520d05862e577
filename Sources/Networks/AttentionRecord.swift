public import Tensors

/// Collects attention while a network runs. METHOD 2.1 and 2.2: probabilities after softmax, before dropout.
public final class AttentionRecord {
    public enum Kind: Hashable, Sendable {
        /// Whole maps, which take memory: rows are queries, each row sums to 1.
        case maps
        /// The sum over all queries, mean over heads, as float64; its mean over the keys is 1.
        case columnSums
    }

    public struct Entry {
        /// The module the attention belongs to, such as `layers.0.blocks.1`; a name repeats where a module runs twice.
        public var name: String
        public var values: Tensor
    }

    public let kind: Kind
    public private(set) var entries: [Entry] = []

    public init(_ kind: Kind) { self.kind = kind }

    /// - Parameter map: (batch, heads, queries, keys).
    func note(_ map: Tensor, of name: String) throws(TensorError) {
        let map = try map.detached()
        // In double precision, so that rounding neither makes nor breaks ties (METHOD 2.7).
        let values = kind == .maps ? map : try map.to(.float64).sum([-2]).mean([1])
        entries.append(Entry(name: name, values: values))
    }
}

internal import DataBank
public import SpaceTime

/// Which samples a stream serves, in what order, and what becomes of their values; every default is filled in.
///
/// A plan and a data set determine every batch of every epoch to the last bit (StreamOrder.md).
public struct BatchPlan: Hashable, Sendable {
    /// In what order an epoch visits the windows.
    public enum Order: Hashable, Sendable {
        case stored
        /// A keyed permutation of all windows, another one each epoch.
        case shuffled
        /// Blocks of `size` neighbouring windows are permuted, and windows within each `mixed` blocks.
        case blocks(size: Int, mixed: Int)
    }

    /// The part of the stored grid that is taken.
    public struct Crop: Hashable, Sendable {
        public enum Place: Hashable, Sendable {
            case fixed(row: Int, column: Int)
            case centre
            /// Elsewhere for each window and epoch.
            case random
        }

        public var rows: Int
        public var columns: Int
        public var place: Place

        public init(rows: Int, columns: Int, place: Place = .centre) {
            self.rows = rows
            self.columns = columns
            self.place = place
        }
    }

    public struct Size: Hashable, Sendable {
        public var rows: Int
        public var columns: Int

        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }

    public internal(set) var inputField: String
    public internal(set) var targetField: String
    public internal(set) var split: Split
    /// T.
    public internal(set) var inputFrames: Int
    /// K.
    public internal(set) var targetFrames: Int
    /// Frames from one window's start to the next.
    public internal(set) var stride: Int
    public internal(set) var crop: Crop?
    public internal(set) var resize: Size?
    /// Samples a step over all processes; copies are not counted.
    public internal(set) var batchSize: Int
    public internal(set) var seed: UInt64
    public internal(set) var order: Order
    public internal(set) var normalise: Normalisation
    /// What missing elements become, in the units of the batch.
    public internal(set) var fill: Float
    /// Leave out the last batch of an epoch where it is not full.
    public internal(set) var dropLast: Bool
    public internal(set) var crossGaps: Bool
    public internal(set) var keepMissing: Bool
    /// What the copies follow from; nil where there are none.
    package internal(set) var environments: JSONValue?
    public internal(set) var copies: CopyMode?
}

extension BatchPlan {
    /// Canonical JSON with every key.
    public var text: String { value.canonicalText }

    /// XXH3 of `text`, 16 digits.
    public var digest: String {
        var text = text
        return text.withUTF8 { XXH3.text(of: UnsafeRawBufferPointer($0)) }
    }

    package var value: JSONValue {
        let number = { (value: Int) in JSONValue.integer(Int64(value)) }
        var members: [String: JSONValue] = [
            "batch_size": number(batchSize), "block_windows": blocks.map { number($0.size) } ?? .null,
            "blocks_mixed": blocks.map { number($0.mixed) } ?? .null, "crop": crop?.value ?? .null,
            "cross_gaps": .bool(crossGaps), "drop_last": .bool(dropLast),
            "fill": fill.isNaN ? .text("nan") : .real(Double(fill)), "input_field": .text(inputField),
            "input_frames": number(inputFrames), "keep_missing": .bool(keepMissing),
            "normalise": .text(normalise.description), "order": .text(order.name),
            "resize": resize.map { .array([number($0.rows), number($0.columns)]) } ?? .null,
            "seed": .text(String(seed)), "split": .text(split.rawValue), "stride": number(stride),
            "target_field": .text(targetField), "target_frames": number(targetFrames),
        ]
        // Only where there are copies, so that other plans keep their digest.
        if let environments, let copies {
            members["environments"] = environments
            members["copies"] = .text(copies.rawValue)
        }
        return .object(members)
    }

    private var blocks: (size: Int, mixed: Int)? {
        if case .blocks(let size, let mixed) = order { (size, mixed) } else { nil }
    }
}

extension BatchPlan.Order {
    var name: String {
        switch self {
        case .stored: "stored"
        case .shuffled: "shuffled"
        case .blocks: "blocks"
        }
    }
}

extension BatchPlan.Crop {
    fileprivate var value: JSONValue {
        var members: [String: JSONValue] = ["rows": .integer(Int64(rows)), "columns": .integer(Int64(columns))]
        switch place {
        case .centre: members["at"] = .text("centre")
        case .random: members["at"] = .text("random")
        case .fixed(let row, let column):
            members["at"] = .text("fixed")
            members["row"] = .integer(Int64(row))
            members["column"] = .integer(Int64(column))
        }
        return .object(members)
    }
}

package import DataBank
package import SpaceTime

extension PlanRequest {
    /// A request from JSON; unknown keys and wrong kinds are refused.
    package init(_ value: JSONValue) throws(BankError) {
        guard case .object(let members) = value else { throw BankError(.usage, "a plan is a JSON object") }
        var blocks: (size: Int?, mixed: Int?) = (nil, nil)
        for (key, value) in members where value != .null {
            switch key {
            case "input_field": inputField = try PlanRequest.text(key, value)
            case "target_field": targetField = try PlanRequest.text(key, value)
            case "split": split = try PlanRequest.named(key, value, Split.init(rawValue:), "train, validation, test")
            case "input_frames": inputFrames = try PlanRequest.number(key, value)
            case "target_frames": targetFrames = try PlanRequest.number(key, value)
            case "stride": stride = try PlanRequest.number(key, value)
            case "batch_size": batchSize = try PlanRequest.number(key, value)
            case "block_windows": blocks.size = try PlanRequest.number(key, value)
            case "blocks_mixed": blocks.mixed = try PlanRequest.number(key, value)
            case "crop": crop = try BatchPlan.Crop(value)
            case "resize": resize = try BatchPlan.Size(value)
            case "seed": seed = try PlanRequest.seed(value)
            case "order":
                order = try PlanRequest.named(key, value, BatchPlan.Order.init(name:), "stored, shuffled, blocks")
            case "normalise":
                normalise = try PlanRequest.named(
                    key, value, Normalisation.init(_:), "none, standard, minmax, log, benchmark, affine:A,B")
            case "fill": fill = try PlanRequest.fill(value)
            case "drop_last": dropLast = try PlanRequest.flag(key, value)
            case "cross_gaps": crossGaps = try PlanRequest.flag(key, value)
            case "keep_missing": keepMissing = try PlanRequest.flag(key, value)
            case "environments": environments = value
            case "copies":
                copies = try PlanRequest.named(key, value, CopyMode.init(rawValue:), "parallel, appended")
            default: throw BankError(.usage, "a plan has no `\(key)`; StreamOrder.md lists what it has")
            }
        }
        try set(blocks)
    }

    private mutating func set(_ blocks: (size: Int?, mixed: Int?)) throws(BankError) {
        if case .blocks(let size, let mixed) = order {
            order = .blocks(size: blocks.size ?? size, mixed: blocks.mixed ?? mixed)
        } else if blocks.size != nil || blocks.mixed != nil {
            throw BankError(.usage, "block_windows and blocks_mixed go with order `blocks`")
        }
    }

    private static func text(_ key: String, _ value: JSONValue) throws(BankError) -> String {
        guard let text = value.text else { throw BankError(.usage, "\(key) takes a text") }
        return text
    }

    private static func number(_ key: String, _ value: JSONValue) throws(BankError) -> Int {
        guard let number = value.integer else { throw BankError(.usage, "\(key) takes a whole number") }
        return Int(number)
    }

    private static func flag(_ key: String, _ value: JSONValue) throws(BankError) -> Bool {
        guard case .bool(let flag) = value else { throw BankError(.usage, "\(key) takes true or false") }
        return flag
    }

    private static func named<Value>(
        _ key: String, _ value: JSONValue, _ make: (String) -> Value?, _ choices: String
    ) throws(BankError) -> Value {
        guard let value = value.text.flatMap(make) else { throw BankError(.usage, "\(key) takes one of \(choices)") }
        return value
    }

    private static func seed(_ value: JSONValue) throws(BankError) -> UInt64 {
        if let number = value.integer, number >= 0 { return UInt64(number) }
        guard let seed = value.text.flatMap({ UInt64($0) }) else {
            throw BankError(.usage, "seed takes a whole number of 64 bits; from 2^63 on as a text")
        }
        return seed
    }

    private static func fill(_ value: JSONValue) throws(BankError) -> Float {
        switch value {
        case .text("nan"): return .nan
        case .integer(let number): return Float(number)
        case .real(let number): return Float(number)
        default: throw BankError(.usage, "fill takes a number or \"nan\"")
        }
    }
}

extension BatchPlan.Order {
    init?(name: String) {
        switch name {
        case "stored": self = .stored
        case "shuffled": self = .shuffled
        case "blocks": self = PlanRequest.defaultBlocks
        default: return nil
        }
    }
}

extension BatchPlan.Size {
    init(_ value: JSONValue) throws(BankError) {
        guard let sides = value.array, sides.count == 2, let rows = sides[0].integer, let columns = sides[1].integer
        else { throw BankError(.usage, "resize takes [rows, columns]") }
        self.init(rows: Int(rows), columns: Int(columns))
    }
}

extension BatchPlan.Crop {
    init(_ value: JSONValue) throws(BankError) {
        guard let rows = value["rows"]?.integer, let columns = value["columns"]?.integer else {
            throw BankError(.usage, "crop takes {\"rows\":h,\"columns\":w,\"at\":\"centre\"}")
        }
        switch value["at"]?.text {
        case "centre", nil: self.init(rows: Int(rows), columns: Int(columns))
        case "random": self.init(rows: Int(rows), columns: Int(columns), place: .random)
        case "fixed":
            guard let row = value["row"]?.integer, let column = value["column"]?.integer else {
                throw BankError(.usage, "a fixed crop has `row` and `column`")
            }
            self.init(rows: Int(rows), columns: Int(columns), place: .fixed(row: Int(row), column: Int(column)))
        default: throw BankError(.usage, "crop's `at` takes one of centre, random, fixed")
        }
    }
}

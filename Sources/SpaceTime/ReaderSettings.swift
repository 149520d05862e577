/// The values given by `--set`, checked against a reader's options.
public struct ReaderSettings: Hashable, Sendable, Codable {
    public private(set) var values: [String: String] = [:]

    /// Settings without a check, for a reader whose options were checked before.
    public init(_ values: [String: String] = [:]) { self.values = values }

    /// A default that is written out is left out, so that it makes the same data set as one that is not.
    ///
    /// - Throws: `ReaderError` `.usage` naming the unknown key or bad value and what is allowed.
    public init(_ values: [String: String], options: [ReaderOption], format: String) throws(ReaderError) {
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let option = options.first(where: { $0.key == key }) else {
                let known = options.map(\.key).sorted().joined(separator: ", ")
                throw ReaderError(.usage, "`\(format)` has no setting `\(key)`; it takes \(known)")
            }
            if option.isStandard(value) { continue }
            if let fault = option.fault(in: value) {
                throw ReaderError(.usage, "--set \(key)=\(value): \(fault). \(option.help)")
            }
            self.values[key] = value
        }
    }

    public subscript(_ key: String) -> String? { values[key] }

    public func integer(_ key: String) -> Int? { values[key].flatMap { Int($0) } }
    public func number(_ key: String) -> Double? { values[key].flatMap { Double($0) } }
    /// A value of several words joined by commas.
    public func list(_ key: String) -> [String]? {
        values[key].map { $0.split(separator: ",").map(String.init) }
    }

    /// A value `HxW`.
    public func size(_ key: String) -> (rows: Int, columns: Int)? { values[key].flatMap(ReaderSettings.size(of:)) }

    static func size(of text: String) -> (rows: Int, columns: Int)? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let rows = number(parts[0]), let columns = number(parts[1]) else { return nil }
        guard (1...65_536).contains(rows), (1...65_536).contains(columns) else { return nil }
        return (rows, columns)
    }

    /// A value `ROW:COLUMN:HxW`.
    public func box(_ key: String) -> (row: Int, column: Int, rows: Int, columns: Int)? {
        values[key].flatMap(ReaderSettings.box(of:))
    }

    static func box(of text: String) -> (row: Int, column: Int, rows: Int, columns: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let row = number(parts[0]), let column = number(parts[1]) else { return nil }
        guard let size = size(of: String(parts[2])) else { return nil }
        return (row, column, size.rows, size.columns)
    }

    /// A number written in digits alone.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}

extension ReaderOption {
    /// Whether a value says what holds without it. Numbers may be written in any way.
    func isStandard(_ value: String) -> Bool {
        switch kind {
        case .integer, .number: value == standard || Double(value).map { $0 == Double(standard) } == true
        case .text, .choice, .choices, .size, .box: value == standard
        }
    }

    /// What is wrong with a value; nil when nothing is.
    func fault(in value: String) -> String? {
        switch kind {
        case .text: value.isEmpty ? "a text is needed" : nil
        case .integer: Int(value).map { $0 >= 1 } != true ? "a whole number, 1 or more, is needed" : nil
        case .number: Double(value).map(\.isFinite) != true ? "a number is needed" : nil
        case .choice(let words): words.contains(value) ? nil : "one of \(words.joined(separator: ", ")) is needed"
        case .choices(let words):
            value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { words.contains(String($0)) }
                ? nil : "some of \(words.joined(separator: ", ")), joined by commas, are needed"
        case .size:
            value != "native" && ReaderSettings.size(of: value) == nil ? "a size such as 128x128 is needed" : nil
        case .box: ReaderSettings.box(of: value) == nil ? "a box such as 0:0:128x128 is needed" : nil
        }
    }
}

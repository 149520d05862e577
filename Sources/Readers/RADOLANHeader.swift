internal import SpaceTime

/// The text at the beginning of a RADOLAN file, up to the byte 0x03.
struct RADOLANHeader: Hashable, Sendable {
    /// What all files of one sequence share.
    struct Layout: Hashable, Sendable {
        var product: String
        var rows: Int
        var columns: Int
        var bytesPerCell: Int
        /// As in the header: `E-02`.
        var precision: String
        /// Minutes that a value stands for.
        var interval: Int

        var bodyByteCount: Int { rows * columns * bytesPerCell }
        /// The exact decimal: 0.01 for `E-02`.
        var scale: Double { Double("1" + precision) ?? .nan }
        var summary: String {
            "\(product), \(rows)x\(columns) cells of \(bytesPerCell) bytes, PR \(precision), INT \(interval)"
        }
    }

    /// Bytes in which the header must end.
    static let limit = 4096
    /// The largest grid in cells; the largest known has 2.1 million.
    static let cellLimit = 1 << 25
    /// The smallest number of bytes that shows whether it is one.
    static let signatureLength = 19

    let layout: Layout
    /// Seconds since 1970, UTC.
    let time: Int64
    /// `BY`: bytes of the whole file.
    let fileByteCount: Int
    /// Minutes after the start of the forecast; nil for an analysis.
    let leadTime: Int?
    /// `VS`: 5 and above use the WGS84 ellipsoid.
    let formatVersion: Int
    /// Bytes up to and including 0x03.
    let byteCount: Int

    /// Whether bytes begin as a RADOLAN header does: two capitals, fifteen digits, `BY`.
    static func isLikely(_ prefix: [UInt8]) -> Bool {
        guard prefix.count >= signatureLength else { return false }
        let isNamed = prefix[..<2].allSatisfy { (0x41...0x5a).contains($0) }
        return isNamed && prefix[2..<17].allSatisfy { (0x30...0x39).contains($0) || $0 == 0x20 }
            && prefix[17..<19].elementsEqual("BY".utf8)
    }

    /// - Parameter bytes: the beginning of the file, `limit` bytes or all.
    /// - Throws: `.damaged` naming the token that is missing or impossible.
    init(_ bytes: [UInt8], path: String) throws(ReaderError) {
        guard RADOLANHeader.isLikely(bytes), let end = bytes.prefix(RADOLANHeader.limit).firstIndex(of: 3),
            bytes[..<end].allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw ReaderError(.damaged, "is no RADOLAN file: its text header is missing or cut off", path: path)
        }
        byteCount = end + 1
        let tokens = RADOLANTokens(Array(bytes[..<end]), path: path)
        time = try tokens.time()
        fileByteCount = try tokens.byteCount()
        formatVersion = tokens.formatVersion()
        leadTime = try tokens.leadTime()
        try tokens.checkRadars()
        layout = try tokens.layout()
        guard fileByteCount == byteCount + layout.bodyByteCount else {
            throw ReaderError(
                .damaged,
                "its header says BY \(fileByteCount) bytes, but \(layout.summary) and the header itself "
                    + "come to \(byteCount + layout.bodyByteCount); get the file again", path: path)
        }
    }

    /// The time the values stand for: for a forecast its start and the lead time.
    var validTime: Int64 { time + Int64(leadTime ?? 0) * 60 }
}

/// One physical quantity on one grid: what its numbers mean and how a frame of it lies in memory.
///
/// A frame is channel, row, column, row-major, little-endian, in the source's own element type and row order.
/// The physical value is `stored * scale + offset`.
public struct Field: Hashable, Sendable, Codable {
    /// Which edge of the map row 0 is.
    public enum RowOrder: String, Hashable, Sendable, Codable {
        case southFirst = "south-first"
        case northFirst = "north-first"
        /// A picture: row 0 is the top.
        case topFirst = "top-first"
        case unknown
    }

    /// Lower-case letters, digits and underscores, beginning with a letter; also part of netCDF variable names.
    public var name: String
    public var element: ElementType
    public var channels: Int
    public var rows: Int
    public var columns: Int
    public var channelNames: [String]
    /// UDUNITS text; `1` where the numbers have no unit.
    public var units: String
    public var scale: Double
    public var offset: Double
    /// Stored values that mean "no value"; the first is the `_FillValue`. NaN is always missing in floating point.
    public var missing: [Scalar]
    public var rowOrder: RowOrder
    public var longName: String
    /// Further attributes of the variable, as the source has them.
    public var attributes: [String: Scalar]

    public init(
        name: String, element: ElementType, channels: Int = 1, rows: Int, columns: Int, channelNames: [String] = [],
        units: String = "1", scale: Double = 1, offset: Double = 0, missing: [Scalar] = [],
        rowOrder: RowOrder = .unknown, longName: String = "", attributes: [String: Scalar] = [:]
    ) {
        self.name = name
        self.element = element
        self.channels = channels
        self.rows = rows
        self.columns = columns
        self.channelNames = channelNames
        self.units = units
        self.scale = scale
        self.offset = offset
        self.missing = missing
        self.rowOrder = rowOrder
        self.longName = longName.isEmpty ? name : longName
        self.attributes = attributes
    }

    /// Elements of one frame.
    public var elementsPerFrame: Int { channels * rows * columns }
    /// Bytes of one frame.
    public var frameByteCount: Int { elementsPerFrame * element.byteCount }
}

package import SpaceTime

/// What a picture file says of itself: its frame is channel, row, column; row 0 is the top.
package struct PictureHeader: Hashable, Sendable {
    package var rows: Int
    package var columns: Int
    /// 1 gray; 3 red, green, blue.
    package var channels: Int
    /// `uint8`, or `uint16` for PNG of 16 bits.
    package var element: ElementType
    /// The file has transparency, which is left out: colours are those stored, not blended.
    package var hasAlpha: Bool

    package init(rows: Int, columns: Int, channels: Int, element: ElementType = .uint8, hasAlpha: Bool = false) {
        self.rows = rows
        self.columns = columns
        self.channels = channels
        self.element = element
        self.hasAlpha = hasAlpha
    }

    /// Bytes of the decoded picture.
    package var byteCount: Int { rows * columns * channels * element.byteCount }

    /// `128x128, 3 channels of uint8`.
    package var description: String {
        "\(rows)x\(columns), \(channels) \(channels == 1 ? "channel" : "channels") of \(element.rawValue)"
    }
}

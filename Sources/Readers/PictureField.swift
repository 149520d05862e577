internal import Pictures
internal import SpaceTime

extension Field {
    /// The field `picture` of colour or gray pictures.
    static func picture(_ header: PictureHeader) -> Field {
        Field(
            name: "picture", element: header.element, channels: header.channels, rows: header.rows,
            columns: header.columns, channelNames: header.channels == 3 ? ["red", "green", "blue"] : ["gray"],
            rowOrder: .topFirst, longName: "picture")
    }
}

extension PictureHeader {
    var size: FrameFitting.Size { FrameFitting.Size(rows: rows, columns: columns) }
}

extension FilmFile.Header {
    var size: FrameFitting.Size { FrameFitting.Size(rows: rows, columns: columns) }
}

extension PictureSequences {
    /// What is worth saying of the pictures as a whole.
    var notes: [String] {
        withAlpha == 0 ? [] : ["\(withAlpha) pictures have transparency, which is left out: colours are as stored"]
    }
}

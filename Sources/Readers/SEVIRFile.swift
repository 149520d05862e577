internal import ArrayFiles
internal import SpaceTime

/// What is to be known of one SEVIR file: found at the survey, checked again when the file is read.
struct SEVIRFileHeader: Hashable {
    var element: ElementType
    var samples: Int
    var rows: Int
    var columns: Int
    var frames: Int
    /// By position; nil where the file has no `id`.
    var ids: [String]?
    /// The events of a lightning file, which has an array for each.
    var events: Set<String>?
}

extension SEVIRFileHeader {
    /// Reads the header of a file of one type.
    /// - Throws: `.damaged` where its arrays are not as SEVIR's.
    init(path: String, type: SEVIRType) throws(ReaderError) {
        let file = try HDF5File(path: path)
        let ids = file.hasLink("id") ? try SEVIRFileHeader.ids(in: file) : nil
        guard type != .lght || file.contains(type.rawValue) else {
            let names = try file.names(inGroup: "/")
            self.init(
                element: .uint16, samples: 0, rows: SEVIRLightning.side, columns: SEVIRLightning.side,
                frames: SEVIRLightning.frameCount, ids: ids, events: Set(names.filter { $0 != "id" }))
            return
        }
        let dataset = try file.dataset(type.rawValue)
        guard dataset.shape.count == 4, let element = dataset.element else {
            throw ReaderError(
                .damaged, "has shape \(dataset.shape); event, row, column, frame are needed", path: dataset.place)
        }
        try FrameSize.check(
            rows: dataset.shape[1], columns: dataset.shape[2], frames: dataset.shape[3], path: dataset.place)
        if let ids, ids.count != dataset.shape[0] {
            throw ReaderError(.damaged, "has \(ids.count) ids for \(dataset.shape[0]) events", path: dataset.place)
        }
        self.init(
            element: element, samples: dataset.shape[0], rows: dataset.shape[1], columns: dataset.shape[2],
            frames: dataset.shape[3], ids: ids, events: nil)
    }

    /// Ids of fixed length, padded with zeros or blanks; the length is the file's.
    private static func ids(in file: HDF5File) throws(ReaderError) -> [String] {
        let dataset = try file.dataset("id")
        guard dataset.shape.count == 1, dataset.count <= 10_000_000 else {
            throw ReaderError(.damaged, "has shape \(dataset.shape); a list of ids is needed", path: dataset.place)
        }
        return try dataset.strings().map { text in
            var text = Substring(text)
            while let last = text.last, last == " " || last == "\0" { text.removeLast() }
            return String(text)
        }
    }
}

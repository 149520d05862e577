internal import FoundationEssentials
package import SpaceTime

/// What the maps of an `importance` data set speak about, as its recipe says.
package struct ImportanceDescription: Hashable, Sendable {
    package var layout: TokenLayout
    /// Side of a patch in pixels of the cropped and resized frame.
    package var patchSide: Int
    /// The parent's field.
    package var field: String
    /// T: how many frames a map holds for; 1 in layout `frame`.
    package var windowFrames: Int
    /// Part of the stored frame that was seen: first row and column, rows, columns.
    package var crop: Crop?
    /// Rows and columns that it was resized to.
    package var resize: Size?

    package struct Crop: Hashable, Sendable {
        package var row: Int
        package var column: Int
        package var rows: Int
        package var columns: Int
    }

    package struct Size: Hashable, Sendable {
        package var rows: Int
        package var columns: Int
    }

    /// - Parameter parent: what the maps were made from.
    /// - Throws: `.usage` for data sets of another kind, `.damaged` where the recipe cannot be understood.
    package init(_ dataset: Dataset, of parent: Dataset) throws(BankError) {
        guard dataset.identity.kind == .importance else {
            throw BankError(.usage, "#\(dataset.digest.short) holds \(dataset.identity.kind.rawValue), not importance")
        }
        let settings = dataset.identity.recipe.last?.settings ?? [:]
        let text = settings["plan"] ?? ""
        guard let layout = settings["layout"].flatMap(TokenLayout.init(rawValue:)),
            let side = settings["patch"].flatMap({ Int($0) }),
            let plan = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
            let field = plan["input_field"]?.text, let frames = plan["input_frames"]?.integer,
            let stored = parent.identity.fields.first(where: { $0.name == field })
        else {
            throw BankError(.damaged, "the recipe of the importance maps cannot be understood", path: dataset.folder)
        }
        self.layout = layout
        patchSide = side
        self.field = field
        windowFrames = layout == .frame ? 1 : Int(frames)
        crop = plan["crop"].flatMap { Crop($0, of: stored) }
        let sides = plan["resize"]?.array?.compactMap { $0.integer.map { Int($0) } }
        resize = sides.flatMap { $0.count == 2 ? Size(rows: $0[0], columns: $0[1]) : nil }
    }
}

extension ImportanceDescription.Crop {
    fileprivate init?(_ value: JSONValue, of field: Field) {
        guard let rows = value["rows"]?.integer, let columns = value["columns"]?.integer else { return nil }
        self.rows = Int(rows)
        self.columns = Int(columns)
        row = value["row"]?.integer.map { Int($0) } ?? (field.rows - self.rows) / 2
        column = value["column"]?.integer.map { Int($0) } ?? (field.columns - self.columns) / 2
    }
}

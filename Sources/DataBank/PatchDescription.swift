internal import SpaceTime

/// Describes a file of replaced patches: those of several sequences' windows one behind the other.
struct PatchDescription {
    /// The patches of one sequence, or one piece of them.
    struct Entry {
        var id: String
        var split: Split
        var patches: Int
        var windows: Int
        /// In the order of `PatchForm.tables`.
        var tables: [[UInt8]]
    }

    /// Rows and columns are a patch's.
    let field: Field
    let form: PatchForm
    let title: String
    let entries: [Entry]

    var layout: PayloadLayout {
        let ids = TextColumn("sequence_id", entries.map(\.id))
        let splits = TextColumn("split", entries.map(\.split.rawValue))
        let patches = entries.reduce(0) { $0 + $1.patches }
        let windows = entries.reduce(0) { $0 + $1.windows }
        return PayloadLayout(
            attributes: [
                PayloadLayout.Attribute("Conventions", "CF-1.11 ACDD-1.3"), PayloadLayout.Attribute("title", title),
            ],
            dimensions: [
                PayloadLayout.Dimension("patch", patches),
                PayloadLayout.Dimension("channel_\(field.name)", field.channels),
                PayloadLayout.Dimension("row_\(field.name)", field.rows),
                PayloadLayout.Dimension("column_\(field.name)", field.columns),
                PayloadLayout.Dimension("sequence", entries.count), PayloadLayout.Dimension("window", windows),
                PayloadLayout.Dimension("copy", form.copies), ids.dimension, splits.dimension,
            ],
            payload: PayloadLayout.Variable(
                "patches_\(field.name)", field.element,
                ["patch", "channel_\(field.name)", "row_\(field.name)", "column_\(field.name)"],
                field.valueAttributes(),
                bytes: []),
            variables: tables + [
                counts("row_size", entries.map(\.patches), "number of patches of the sequence", sample: "patch"),
                counts("window_count", entries.map(\.windows), "number of windows of the sequence", sample: "window"),
                ids.variable(over: "sequence"), splits.variable(over: "sequence"),
            ])
    }

    private var tables: [PayloadLayout.Variable] {
        let texts = [
            "frame * patches of a frame + patch; a copy's are ascending",
            "which of the eight patches around it were mixed: a bit each, row by row from the top left",
            "number of patches that the copy replaces",
        ]
        let shapes = [["patch"], ["patch"], ["window", "copy"]]
        let elements = [form.placeElement, .uint8, form.sizeElement]
        return PatchForm.tables.indices.map { table in
            PayloadLayout.Variable(
                PatchForm.tables[table], elements[table], shapes[table],
                [PayloadLayout.Attribute("long_name", texts[table])], bytes: entries.flatMap { $0.tables[table] })
        }
    }

    private func counts(_ name: String, _ counts: [Int], _ text: String, sample: String) -> PayloadLayout.Variable {
        PayloadLayout.Variable(
            name, .int64, ["sequence"],
            [PayloadLayout.Attribute("long_name", text), PayloadLayout.Attribute("sample_dimension", sample)],
            bytes: counts.map { Int64($0).littleEndian }.withUnsafeBytes { Array($0) })
    }
}

internal import ArrayFiles
internal import SpaceTime

/// What `--set` says of plain arrays.
struct ArraySettings: Sendable {
    let axes: AxisOrder?
    let variables: [String]?
    /// Groups of arrays that follow each other in time.
    let joins: [[String]]?
    let scale: Double
    let offset: Double
    let fill: Double?
    let units: String
    /// Seconds a step.
    let cadence: Int64?
    /// Seconds since 1970 of the first frame.
    let start: Int64?
    let isStartUTC: Bool
    let name: String
    /// As given; what concerns all formats is in them too.
    let all: ReaderSettings

    static let options: [ReaderOption] = [
        ReaderOption(
            "axes", .text, standard: "NTCHW, TCHW, THW or HW by the number of axes",
            help:
                "What the axes are, slowest first as NumPy or MATLAB shows them: N sample, T frame, C channel, H row, W column."
        ),
        ReaderOption(
            "variable", .text, standard: "the only array, else the largest",
            help: "Which arrays of a file to take, by name or path, joined by commas."),
        ReaderOption(
            "join", .text, standard: "none",
            help:
                "Arrays that follow each other in time, such as X_train,Y_train; further groups behind `;`. Arrays of one "
                + "file, or npy files of one folder."),
        ReaderOption(
            "name", .text, standard: "values", help: "The field's name: lower-case letters, digits, underscores."),
        ReaderOption("units", .text, standard: "1", help: "The field's units, such as mm/h."),
        ReaderOption("scale", .number, standard: "1", help: "Physical value = stored * scale + offset."),
        ReaderOption("offset", .number, standard: "0", help: "Physical value = stored * scale + offset."),
        ReaderOption("fill", .number, standard: "none", help: "The stored number that means `no value`."),
        ReaderOption("cadence", .integer, standard: "unknown", help: "Seconds from frame to frame."),
        ReaderOption(
            "start", .text, standard: "none: a frame counter",
            help: "The time of the first frame, such as 2016-06-01T00:00:00Z."),
    ]

    init(_ settings: ReaderSettings) throws(ReaderError) {
        all = settings
        var axes: AxisOrder?
        if let text = settings["axes"] { axes = try AxisOrder(text) }
        self.axes = axes
        variables = settings.list("variable")?.map(ArraySettings.plain)
        joins = settings["join"].map { text in
            text.split(separator: ";").map { $0.split(separator: ",").map { ArraySettings.plain(String($0)) } }
        }
        if let joins, joins.isEmpty || joins.contains(where: { $0.count < 2 }) {
            throw ReaderError(
                .usage, "--set join=\(settings["join"] ?? ""): name at least two arrays, such as X_train,Y_train")
        }
        if joins != nil, variables != nil { throw ReaderError(.usage, "give either join or variable, not both") }
        scale = settings.number("scale") ?? 1
        offset = settings.number("offset") ?? 0
        fill = settings.number("fill")
        units = settings["units"] ?? "1"
        name = settings["name"] ?? "values"
        guard scale != 0 else { throw ReaderError(.usage, "--set scale=0 would make all values alike") }
        guard name == NetCDFField.name(name) else {
            throw ReaderError(.usage, "--set name=\(name): lower-case letters, digits and underscores, a letter first")
        }
        cadence = settings.integer("cadence").map { Int64($0) }
        if let cadence, !(1...1_000_000_000).contains(cadence) {
            throw ReaderError(.usage, "--set cadence=\(cadence): a number of seconds from 1 on is needed")
        }
        start = settings["start"].flatMap { CivilTime.parse($0) }
        isStartUTC = settings["start"]?.hasSuffix("Z") ?? false
        if let text = settings["start"], start == nil || cadence == nil {
            throw ReaderError(
                .usage,
                "--set start=\(text): "
                    + (start == nil
                        ? "a time such as 2016-06-01T00:00:00Z is needed" : "cadence=SECONDS is needed with it"))
        }
    }

    /// A path in a file without the slash before it.
    static func plain(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    /// - Throws: `.usage` where an array has more or fewer axes than can be guessed.
    func order(rank: Int, path: String) throws(ReaderError) -> AxisOrder {
        if let axes {
            guard axes.axes.count == rank else {
                throw ReaderError(.usage, "has \(rank) axes, but axes=\(axes) names \(axes.axes.count)", path: path)
            }
            return axes
        }
        switch rank {
        case 5: return AxisOrder([.sample, .frame, .channel, .row, .column])
        case 4: return AxisOrder([.frame, .channel, .row, .column])
        case 3: return AxisOrder([.frame, .row, .column])
        case 2: return AxisOrder([.row, .column])
        default:
            throw ReaderError(
                .usage, "has \(rank) axes; say what they are with --set axes=…, out of N, T, C, H, W", path: path)
        }
    }
}

internal import DataBank
internal import SpaceTime

/// Hands the patches of neighbouring windows on, piece by piece, with their tables.
struct PieceDelivery {
    private typealias Piece = (part: FrameRange, planned: EnvironmentPlan.Piece)

    private let pieces: [Piece]
    private let form: PatchForm
    private let layout: PatchLayout
    private let receiver: any PatchReceiver
    /// The piece that is being received.
    private var current = 0
    private var tables: PatchTables

    /// - Parameter pieces: in order, of ascending windows; windows between them replace no patch.
    init(
        _ pieces: [(FrameRange, EnvironmentPlan.Piece)], _ form: PatchForm, _ layout: PatchLayout,
        to receiver: any PatchReceiver
    ) {
        self.pieces = pieces
        self.form = form
        self.layout = layout
        self.receiver = receiver
        tables = PatchTables(form, patches: layout.grid.count)
    }

    /// From the first piece's first window to the last one's last.
    var windows: Range<Int> {
        guard let first = pieces.first, let last = pieces.last else { return 0..<0 }
        return first.planned.windows.lowerBound..<last.planned.windows.upperBound
    }

    /// - Parameters:
    ///   - windows: that follow those sent before.
    ///   - draws: of each window, all copies.
    ///   - values: of all patches; nil where there are none.
    mutating func send(_ windows: Range<Int>, draws: [[CopyDraw]], values: FrameBlock?) throws {
        var begin = 0
        while current < pieces.count, pieces[current].planned.windows.lowerBound < windows.upperBound {
            let (part, piece) = pieces[current]
            let own = piece.windows.clamped(to: windows)
            if own.lowerBound == piece.windows.lowerBound {
                try receiver.begin(part, covariates: [])
                tables = PatchTables(form, patches: layout.grid.count)
            }
            let copies = draws[(own.lowerBound - windows.lowerBound)..<(own.upperBound - windows.lowerBound)]
            copies.forEach { tables.append($0) }
            let count = copies.reduce(0) { $0 + $1.reduce(0) { $0 + $1.patches.count } }
            if let values, count > 0 {
                let end = begin + count * layout.patchByteCount
                try receiver.receive(values.slice(begin..<end), field: 0, count: count)
                begin = end
            }
            guard own.upperBound == piece.windows.upperBound else { return }
            try receiver.receive(tables: tables.bytes)
            try receiver.end()
            current += 1
        }
    }
}

/// The tables of a piece, as they grow.
private struct PatchTables {
    private let form: PatchForm
    private let patches: Int
    private(set) var bytes: [[UInt8]] = [[], [], []]

    init(_ form: PatchForm, patches: Int) {
        self.form = form
        self.patches = patches
    }

    /// The copies of the next window.
    mutating func append(_ draws: [CopyDraw]) {
        for draw in draws {
            put(draw.patches.count, form.sizeElement, 2)
            for patch in draw.patches {
                put(Int(patch.frame) * patches + Int(patch.patch), form.placeElement, 0)
                bytes[1].append(patch.neighbours.rawValue)
            }
        }
    }

    private mutating func put(_ number: Int, _ element: ElementType, _ table: Int) {
        for byte in 0..<element.byteCount { bytes[table].append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
    }
}

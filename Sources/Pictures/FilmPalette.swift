/// The at most 256 colours of GIF frames: exact as long as they suffice, else the frame's own best 256.
///
/// Previews are drawn with colour maps of at most 256 colours, so that most are exact; a frame with more is cut by the
/// median of its widest colour box (5 bits a channel), without dithering.
struct FilmPalette {
    /// 0xAARRGGBB, all opaque, 256 of them.
    private(set) var colors = [UInt32](repeating: 0xFF00_0000, count: 256)
    private var indices: [UInt32: UInt8] = [:]

    /// The palette indices of a frame's pixels, row by row; colours not met before join the palette while there is room.
    mutating func index(rgb: UnsafeRawBufferPointer) -> [UInt8] {
        if let exact = exactIndices(rgb) { return exact }
        indices = [:]
        if let exact = exactIndices(rgb) { return exact }
        indices = [:]
        return reduced(rgb)
    }

    private mutating func exactIndices(_ rgb: UnsafeRawBufferPointer) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: rgb.count / 3)
        var last: (color: UInt32, index: UInt8)?
        for pixel in 0..<result.count {
            let color = FilmPalette.color(rgb, pixel)
            if let last, last.color == color {
                result[pixel] = last.index
                continue
            }
            guard let index = indices[color] ?? add(color) else { return nil }
            result[pixel] = index
            last = (color, index)
        }
        return result
    }

    private mutating func add(_ color: UInt32) -> UInt8? {
        guard indices.count < 256 else { return nil }
        let index = UInt8(indices.count)
        indices[color] = index
        colors[Int(index)] = 0xFF00_0000 | color
        return index
    }

    private static func color(_ rgb: UnsafeRawBufferPointer, _ pixel: Int) -> UInt32 {
        UInt32(rgb[3 * pixel]) << 16 | UInt32(rgb[3 * pixel + 1]) << 8 | UInt32(rgb[3 * pixel + 2])
    }

    // MARK: More than 256 colours

    private mutating func reduced(_ rgb: UnsafeRawBufferPointer) -> [UInt8] {
        var counts = [Int](repeating: 0, count: 1 << 15)
        for pixel in 0..<(rgb.count / 3) { counts[FilmPalette.cell(rgb, pixel)] += 1 }
        let boxes = FilmPalette.boxes(counts)
        var indexOfCell = [UInt8](repeating: 0, count: 1 << 15)
        for (index, box) in boxes.enumerated() {
            colors[index] = box.mean(counts)
            for cell in box.cells { indexOfCell[Int(cell)] = UInt8(index) }
        }
        return (0..<(rgb.count / 3)).map { indexOfCell[FilmPalette.cell(rgb, $0)] }
    }

    private static func cell(_ rgb: UnsafeRawBufferPointer, _ pixel: Int) -> Int {
        Int(rgb[3 * pixel] >> 3) << 10 | Int(rgb[3 * pixel + 1] >> 3) << 5 | Int(rgb[3 * pixel + 2] >> 3)
    }

    private static func boxes(_ counts: [Int]) -> [ColorBox] {
        let used = counts.indices.filter { counts[$0] > 0 }.map(UInt16.init)
        var boxes = [ColorBox(used, counts)]
        while boxes.count < 256 {
            guard let widest = boxes.indices.max(by: { boxes[$0].weight < boxes[$1].weight }),
                let halves = boxes[widest].halved(counts)
            else { break }
            boxes[widest] = halves.0
            boxes.append(halves.1)
        }
        return boxes
    }
}

/// Some cells of the 32x32x32 colour cube.
private struct ColorBox {
    let cells: [UInt16]
    private let channel: Int
    /// Pixels times the widest side: the box most worth cutting.
    let weight: Int

    init(_ cells: [UInt16], _ counts: [Int]) {
        self.cells = cells
        let sides = (0..<3).map { channel in
            let values = cells.map { ColorBox.value($0, channel) }
            return (values.max() ?? 0) - (values.min() ?? 0)
        }
        let widest = sides.indices.max { sides[$0] < sides[$1] } ?? 0
        channel = widest
        weight = sides[widest] * cells.reduce(0) { $0 + counts[Int($1)] }
    }

    private static func value(_ cell: UInt16, _ channel: Int) -> Int { Int(cell >> (10 - 5 * channel)) & 31 }

    /// Cut where half the pixels lie on each side; nil for a single cell.
    func halved(_ counts: [Int]) -> (ColorBox, ColorBox)? {
        guard cells.count > 1 else { return nil }
        let sorted = cells.sorted { (ColorBox.value($0, channel), $0) < (ColorBox.value($1, channel), $1) }
        let half = sorted.reduce(0) { $0 + counts[Int($1)] } / 2
        var sum = 0
        var cut = 0
        while cut < sorted.count - 1, cut == 0 || sum + counts[Int(sorted[cut])] <= half {
            sum += counts[Int(sorted[cut])]
            cut += 1
        }
        return (ColorBox(Array(sorted[..<cut]), counts), ColorBox(Array(sorted[cut...]), counts))
    }

    /// The mean colour of the box's pixels, 0xFFRRGGBB.
    func mean(_ counts: [Int]) -> UInt32 {
        let pixels = cells.reduce(0) { $0 + counts[Int($1)] }
        return (0..<3).reduce(UInt32(0xFF00_0000)) { color, channel in
            let sum = cells.reduce(0) { $0 + (ColorBox.value($1, channel) * 255 + 15) / 31 * counts[Int($1)] }
            return color | UInt32((sum + pixels / 2) / max(pixels, 1)) << UInt32(16 - 8 * channel)
        }
    }
}

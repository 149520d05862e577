package import SpaceTime

/// A forecast beside what came: as a strip of three rows (known, came, forecast), or as a film of two panels (came, forecast).
package struct ForecastPicture {
    private let painter: FramePainter
    private let inputs: [[Double]]
    private let targets: [[Double]]
    private let predictions: [[Double]]
    /// Pixels of white between pictures.
    private let gap = 4

    /// - Parameters: frames in the field's own units, each channel, row, column.
    package init(
        _ field: Field, range: ClosedRange<Double>, inputs: [[Double]], targets: [[Double]], predictions: [[Double]]
    ) {
        painter = FramePainter(field, range: range)
        (self.inputs, self.targets, self.predictions) = (inputs, targets, predictions)
    }

    package var strip: (width: Int, height: Int, picture: [UInt8]) {
        let columns = max(inputs.count, targets.count)
        let rows = [inputs, targets, predictions].map { $0.map(painter.paint) }
        let (width, height) = (columns * (painter.width + gap) - gap, 3 * (painter.height + gap) - gap)
        var sheet = Sheet(width: width, height: height)
        for (row, pictures) in rows.enumerated() {
            for (column, picture) in pictures.enumerated() {
                sheet.put(
                    picture, painter.width, row: row * (painter.height + gap), column: column * (painter.width + gap))
            }
        }
        return (width, height, sheet.pixels)
    }

    package var width: Int { 2 * painter.width + gap }
    package var height: Int { painter.height }

    /// Frame by frame: the input frames in both panels, then what came and what was forecast.
    package var pictures: [[UInt8]] {
        let known = inputs.map { ($0, $0) }
        return (known + zip(targets, predictions)).map { one, other in
            var sheet = Sheet(width: width, height: height)
            sheet.put(painter.paint(one), painter.width, row: 0, column: 0)
            sheet.put(painter.paint(other), painter.width, row: 0, column: painter.width + gap)
            return sheet.pixels
        }
    }

    /// White, with pictures on it.
    private struct Sheet {
        let width: Int
        var pixels: [UInt8]

        init(width: Int, height: Int) {
            self.width = width
            pixels = [UInt8](repeating: 255, count: width * height * 3)
        }

        mutating func put(_ picture: [UInt8], _ pictureWidth: Int, row: Int, column: Int) {
            let bytes = pictureWidth * 3
            for line in 0..<(picture.count / bytes) {
                let begin = ((row + line) * width + column) * 3
                pixels.replaceSubrange(begin..<(begin + bytes), with: picture[(line * bytes)..<((line + 1) * bytes)])
            }
        }
    }
}

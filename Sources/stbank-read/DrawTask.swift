internal import Foundation
internal import Handover
internal import Pictures
internal import SpaceTime

/// Writes a picture or film: a line of JSON (`FilmOrder`), then the frames, on standard input.
struct DrawTask {
    private static let largestLine = 1 << 16

    func run() throws -> [UInt8] {
        try TaskLimits.apply(processorSeconds: 3600)
        let order = try Self.order()
        var writer = try PictureWriter(
            order.path, width: order.width, height: order.height, framesPerSecond: order.framesPerSecond)
        // The writer has checked width and height.
        let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: order.frameByteCount, alignment: 16)
        defer { frame.deallocate() }
        for number in 0..<order.frames {
            guard try StandardStreams.fill(frame) else {
                throw ReaderError(.system, "only \(number) of \(order.frames) frames came", path: order.path)
            }
            try writer.append(UnsafeRawBufferPointer(frame))
        }
        try writer.finish()
        return []
    }

    private static func order() throws -> FilmOrder {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let byte = try StandardStreams.read(atMost: 1)
            guard !byte.isEmpty, line.count < largestLine else {
                throw ReaderError(.usage, "the order of a film is a line of JSON")
            }
            line += byte
        }
        do {
            let order = try JSONDecoder().decode(FilmOrder.self, from: Data(line))
            guard order.frames >= 1, order.path.hasPrefix("/") else {
                throw ReaderError(.usage, "a film has an absolute path and one frame at least", path: order.path)
            }
            return order
        } catch let error as DecodingError {
            throw ReaderError(.usage, "the order of a film cannot be read: \(error)")
        }
    }
}

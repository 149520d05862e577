internal import CStream
internal import DataBank
internal import SpaceTime

/// What one filling thread keeps from window to window: the chunks of an archive that it unpacked last.
package final class FillScratch {
    /// Stored frames of a window: as they are, and one that is being changed.
    let original = RawRoom()
    let changed = RawRoom()
    /// What an environment source keeps from window to window.
    package var environment: AnyObject?

    private struct Held {
        var file: Int
        var chunk: Int
        var bytes: UnsafeMutableRawBufferPointer
        var lastUse: Int
    }

    private static let capacity = 4

    private var held: [Held] = []
    private var packed = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var unpacker: ArchiveUnpacker?
    private var uses = 0

    package init() {}

    deinit {
        for chunk in held { chunk.bytes.deallocate() }
        packed.deallocate()
    }

    /// The frames of a chunk. Valid until the next call.
    func chunk(_ chunk: Int, of file: StreamedFile, number: Int, framesPerChunk: Int, field: Field) throws(BankError)
        -> UnsafeRawPointer
    {
        uses += 1
        if let place = held.firstIndex(where: { $0.file == number && $0.chunk == chunk }) {
            held[place].lastUse = uses
            if let start = held[place].bytes.baseAddress { return UnsafeRawPointer(start) }
        }
        let byteCount = framesPerChunk * field.frameByteCount
        let place = makeRoom(byteCount)
        let bytes = held[place].bytes
        try unpack(chunk, of: file, into: bytes, field: field)
        held[place].file = number
        held[place].chunk = chunk
        held[place].lastUse = uses
        guard let start = bytes.baseAddress else { preconditionFailure("a chunk has bytes") }
        return UnsafeRawPointer(start)
    }

    /// A place for a chunk of so many bytes; what it held is forgotten.
    private func makeRoom(_ byteCount: Int) -> Int {
        var place = held.count
        if held.count < FillScratch.capacity {
            held.append(Held(file: -1, chunk: -1, bytes: .init(start: nil, count: 0), lastUse: 0))
        } else {
            place = held.indices.min { held[$0].lastUse < held[$1].lastUse } ?? 0
        }
        held[place].file = -1
        if held[place].bytes.count != byteCount {
            held[place].bytes.deallocate()
            held[place].bytes = .allocate(byteCount: byteCount, alignment: 64)
        }
        return place
    }

    private func unpack(_ chunk: Int, of file: StreamedFile, into bytes: UnsafeMutableRawBufferPointer, field: Field)
        throws(BankError)
    {
        guard let places = file.file.chunks, places.indices.contains(2 * chunk + 1), let map = file.bytes.baseAddress
        else { throw BankError(.damaged, "chunk \(chunk) is not there; the record lies", path: file.path) }
        let (offset, size) = (places[2 * chunk], places[2 * chunk + 1])
        if packed.count < size {
            packed.deallocate()
            packed = .allocate(byteCount: size, alignment: 64)
        }
        // Copied first: the map may lose its pages, the library must not meet that.
        guard size == 0 || cs_copy_mapped(packed.baseAddress, map + offset, size) == 0 else { throw file.changed() }
        let unpacker = self.unpacker ?? ArchiveUnpacker()
        self.unpacker = unpacker
        let source = UnsafeRawBufferPointer(rebasing: packed[0..<size])
        guard unpacker.unpack(source, into: bytes, elementSize: field.element.byteCount) else {
            throw BankError(.damaged, "chunk \(chunk) cannot be unpacked; run `stbank verify`", path: file.path)
        }
    }
}

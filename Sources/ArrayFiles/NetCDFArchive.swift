internal import CHDF5
package import SpaceTime

/// A netCDF-4 file whose payload is stored in packed chunks (shuffle, then deflate), which are handed in packed already.
///
/// For one caller at a time. Without `close` the file is unfinished.
package final class NetCDFArchive {
    /// Where a packed chunk lies in the file.
    package struct ChunkPlace: Hashable, Sendable {
        package var offset: Int
        package var byteCount: Int
    }

    private let writer: NetCDFWriter
    private let tiling: BoxTiling
    private var file: HDF5Handle?
    private var payload: HDF5Handle?
    private var written = 0

    /// The number of chunks to be appended.
    package var chunkCount: Int { tiling.count }

    /// - Parameters:
    ///   - chunkShape: one length for each of the payload's dimensions.
    ///   - deflateLevel: 1 to 9, as the header will say; the chunks may have been packed with more care.
    package init(
        _ layout: PayloadLayout, chunkShape: [Int], deflateLevel: Int, path: String
    ) throws(ReaderError) {
        let writer = try NetCDFWriter(layout, path: path)
        let sizes = Dictionary(layout.dimensions.map { ($0.name, $0.size) }) { first, _ in first }
        let shape = layout.payload.dimensions.map { sizes[$0] ?? 0 }
        guard chunkShape.count == shape.count, chunkShape.allSatisfy({ $0 > 0 }), (1...9).contains(deflateLevel) else {
            throw ReaderError(.usage, "chunks \(chunkShape) do not fit shape \(shape)", path: path)
        }
        self.writer = writer
        tiling = BoxTiling(shape.map { 0..<$0 }, tile: chunkShape)
        try ArrayLibraryLock.locked { () throws(ReaderError) in
            try writer.create(headerByteCount: NetCDFShell.payloadOffset) { file throws(ReaderError) in
                payload = try writer.makePayload(in: file.id, chunkShape: chunkShape, deflateLevel: deflateLevel)
                self.file = file
            }
        }
    }

    /// Appends the next chunk, last dimension fastest: whole chunks, shuffled and deflated (zlib), also at the edges.
    package func appendChunk(_ bytes: UnsafeRawBufferPointer) throws(ReaderError) {
        guard let payload, written < tiling.count else {
            throw ReaderError(.usage, "has \(tiling.count) chunks already or is closed", path: writer.path)
        }
        let origin = tiling.origin(written).map { hsize_t($0) }
        try ArrayLibraryLock.locked { () throws(ReaderError) in
            let status = H5Dwrite_chunk(payload.id, chdf5_default(), 0, origin, bytes.count, bytes.baseAddress)
            try ArrayLibraryLock.check(status, "chunk \(written) cannot be written", path: writer.path, code: .system)
        }
        written += 1
    }

    /// Writes all but the payload and closes the file. Returns the places of the chunks in order.
    package func close() throws(ReaderError) -> [ChunkPlace] {
        guard let file, let payload, written == tiling.count else {
            throw ReaderError(.usage, "has \(written) of \(tiling.count) chunks", path: writer.path)
        }
        return try ArrayLibraryLock.locked { () throws(ReaderError) in
            try writer.complete(file: file, payload: payload)
            let places = try places(of: payload)
            try writer.close(file)
            self.payload = nil
            self.file = nil
            return places
        }
    }

    private func places(of payload: HDF5Handle) throws(ReaderError) -> [ChunkPlace] {
        var result: [ChunkPlace] = []
        for index in 0..<tiling.count {
            var address = chdf5_no_address()
            var size: hsize_t = 0
            var mask: UInt32 = 0
            let origin = tiling.origin(index).map { hsize_t($0) }
            let status = H5Dget_chunk_info_by_coord(payload.id, origin, &mask, &address, &size)
            try ArrayLibraryLock.check(status, "chunk \(index) cannot be found", path: writer.path, code: .system)
            result.append(ChunkPlace(offset: Int(clamping: address), byteCount: Int(size)))
        }
        return result
    }
}

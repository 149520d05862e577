internal import CHDF5
internal import Glibc
package import SpaceTime

/// Lays netCDF-4 files round a payload: with libhdf5 alone, so that no version, time or path gets in.
///
/// The payload lies contiguous at `payloadOffset`; its bytes are not written (the file has a hole there). All other metadata
/// and values lie behind it. The same layout gives the same bytes.
package struct NetCDFShell: ShellWriter {
    /// Where the payload begins in every file: superblock, root group and the payload's header fit before it.
    package static let payloadOffset = 4096

    package init() {}

    package var payloadOffset: Int { NetCDFShell.payloadOffset }

    package func writeShell(_ layout: PayloadLayout, to path: String) throws -> ShellExtent {
        let file = try NetCDFShell.write(layout, to: path)
        return ShellExtent(byteCount: file.fileSize, offsets: file.offsets)
    }

    package func beginArchive(
        _ layout: PayloadLayout, framesPerChunk: Int, level: Int, to path: String
    ) throws -> any ArchiveWriter {
        let sizes = Dictionary(layout.dimensions.map { ($0.name, $0.size) }) { first, _ in first }
        let frame = layout.payload.dimensions.dropFirst().map { sizes[$0] ?? 0 }
        return try NetCDFArchive(layout, chunkShape: [framesPerChunk] + frame, deflateLevel: level, path: path)
    }

    /// Writes a file with everything but the payload's bytes.
    ///
    /// - Throws: `ReaderError` `.usage` for a layout that contradicts itself, `.system` where the file cannot be written.
    package static func write(
        _ layout: PayloadLayout, to path: String
    ) throws(ReaderError) -> (payloadOffset: Int, fileSize: Int, offsets: [String: Int]) {
        let writer = try NetCDFWriter(layout, path: path)
        var offsets: [String: Int] = [:]
        try ArrayLibraryLock.locked { () throws(ReaderError) in
            try writer.create(headerByteCount: payloadOffset) { file throws(ReaderError) in
                let payload = try writer.makePayload(in: file.id)
                let address = H5Dget_offset(payload.id)
                guard writer.payloadByteCount == 0 || address == haddr_t(payloadOffset) else {
                    throw ReaderError(
                        .system, "the payload came to lie at byte \(address) instead of \(payloadOffset)", path: path)
                }
            }
            offsets = try writer.complete()
        }
        let end = payloadOffset + writer.payloadByteCount
        let size = try RegularFile.byteCount(at: path)
        if size >= end { return (payloadOffset, size, offsets) }
        guard truncate(path, end) == 0 else {
            throw ReaderError(.system, "cannot be made \(end) bytes long", path: path)
        }
        return (payloadOffset, end, offsets)
    }
}

extension NetCDFArchive: ArchiveWriter {
    package func append(_ chunk: UnsafeRawBufferPointer) throws { try appendChunk(chunk) }

    package func finish() throws -> [(offset: Int, byteCount: Int)] {
        try close().map { ($0.offset, $0.byteCount) }
    }
}

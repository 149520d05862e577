/// A payload file under way whose payload is handed in as packed chunks.
public protocol ArchiveWriter: AnyObject {
    /// Appends the next chunk: whole frames, shuffled by element bytes, then deflated (zlib), padded to the full chunk.
    func append(_ chunk: UnsafeRawBufferPointer) throws

    /// Finishes the file. Returns offset and byte count of each chunk, in order.
    func finish() throws -> [(offset: Int, byteCount: Int)]
}

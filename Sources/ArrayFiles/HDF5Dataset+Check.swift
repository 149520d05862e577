internal import SpaceTime

extension HDF5Dataset {
    /// Sees to it that the chunks of a box unpack to as many bytes as they should, before the library reads them: of a
    /// chunk that is shorter it takes whatever lies behind it in memory for values.
    ///
    /// Not for texts of varying length, whose size in the file only the library knows, nor for filters that are not ours.
    func checkChunks(of box: [Range<Int>]) throws(ReaderError) {
        guard let chunkShape, !filters.isEmpty, !hasUnfilteredEdges, ChunkDecoder.canDecode(filters) else { return }
        switch storedType.kind {
        case .text(isVariable: true), .other: return
        default: break
        }
        let size = chunkShape.reduce(storedType.byteCount, *)
        guard size <= 256 << 20 else { throw ReaderError(.damaged, "has chunks of \(size) bytes", path: place) }
        let tiling = BoxTiling(box, tile: chunkShape)
        let decoder = ChunkDecoder(self, chunkByteCount: size, plainLimit: .max, scratch: "")
        for index in 0..<tiling.count { try decoder.check(at: tiling.origin(index)) }
    }
}

package import ArrayFiles
package import SpaceTime

/// An array in a file of its own.
package struct NPYFile: Hashable, Sendable {
    package let path: String
    package let header: NPYHeader

    /// - Throws: `.damaged` where it is no npy file of plain numbers or shorter than it declares.
    package init(path: String) throws(ReaderError) {
        self.path = path
        let file = try RegularFile(path: path)
        header = try NPYHeader(file.prefix(NPYHeader.limit), path: path)
        _ = try header.source(in: file, place: path)
    }

    /// The array as a source of boxes; axes as NumPy shows them, whatever their order in memory.
    package func source() throws(ReaderError) -> any ArraySource {
        try header.source(in: RegularFile(path: path), place: path)
    }
}

extension RegularFile {
    /// The first bytes, as many as there are up to `count`.
    package func prefix(_ count: Int) throws(ReaderError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(count, byteCount))
        let failure: ReaderError? = bytes.withUnsafeMutableBytes { buffer in
            do throws(ReaderError) { try read(into: buffer, at: 0) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        return bytes
    }
}

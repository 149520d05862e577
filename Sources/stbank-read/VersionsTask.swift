internal import ArrayFiles
internal import Pictures
internal import Readers

/// Says which libraries parse foreign bytes, as a line of text.
struct VersionsTask {
    func run() -> [UInt8] {
        let versions = [ArrayLibraries.versions, PictureWriter.libraryVersions, ReaderLibraries.versions]
        return Array(versions.joined(separator: ", ").utf8)
    }
}

package import ArrayFiles
package import SpaceTime

/// A file of expected numbers (MODELS 1.1, METHOD 9).
package struct GoldenFile {
    package let path: String
    package let file: HDF5File
    /// The attributes of the file as a whole.
    package let attributes: [String: Scalar]

    package init(_ path: String) throws(ReaderError) {
        self.path = path
        file = try HDF5File(path: path)
        attributes = try file.attributes()
    }

    /// The last part of the path.
    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The groups and arrays of the file's first level.
    package var topNames: [String] { get throws(ReaderError) { try file.names() } }

    package func text(_ attribute: String) -> String? {
        if case .text(let value) = attributes[attribute] { value } else { nil }
    }

    package func contains(_ name: String) -> Bool { file.contains("/" + name) }

    /// A list of names; a single `-` means none.
    package func names(_ list: String) throws(ReaderError) -> [String] {
        guard contains(list) else { return [] }
        let names = try file.dataset("/" + list).strings()
        return names == ["-"] ? [] : names
    }

    /// An attribute of an array or group as a number.
    package func number(_ attribute: String, of object: String) throws(ReaderError) -> Double? {
        try file.attributes(of: "/" + object)[attribute]?.number
    }
}

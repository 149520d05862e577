package import ArrayFiles
package import SpaceTime
package import Tensors

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

    /// Reads an array of uint8, int64, float32 or float64 as it is stored.
    package func tensor(_ name: String) throws -> Tensor {
        let dataset = try file.dataset("/" + name)
        guard let element = dataset.element, let dtype = DType(rawValue: element.rawValue) else {
            throw ReaderError(.damaged, "holds no numbers that a golden file may have", path: dataset.place)
        }
        return try Tensor(dataset.shape, dtype) { bytes throws(ReaderError) in
            try dataset.read(dataset.shape.map { 0..<$0 }, into: bytes)
        }
    }

    /// All arrays below a group by the rest of their path; empty where there is no such group.
    package func tensors(below group: String) throws -> [String: Tensor] {
        guard contains(group) else { return [:] }
        let start = "/" + group + "/"
        var result: [String: Tensor] = [:]
        for name in try file.datasets(below: "/" + group) {
            result[String(name.dropFirst(start.count))] = try tensor(String(name.dropFirst()))
        }
        return result
    }

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

    /// 20 times the distance of the stored float32 result from float64, and 1e-6. MODELS 1.1.
    func tolerance(of object: String) throws(ReaderError) -> Double {
        20 * (try number("f64_max_abs_diff", of: object) ?? 0) + 1e-6
    }
}

internal import ArrayFiles
internal import Parity
internal import SpaceTime
internal import Tensors

extension GoldenFile {
    /// Reads an array of uint8, int64, float32 or float64 as it is stored.
    func tensor(_ name: String) throws -> Tensor {
        let dataset = try file.dataset("/" + name)
        guard let element = dataset.element, let dtype = DType(rawValue: element.rawValue) else {
            throw ReaderError(.damaged, "holds no numbers that a golden file may have", path: dataset.place)
        }
        return try Tensor(dataset.shape, dtype) { bytes throws(ReaderError) in
            try dataset.read(dataset.shape.map { 0..<$0 }, into: bytes)
        }
    }

    /// All arrays below a group by the rest of their path; empty where there is no such group.
    func tensors(below group: String) throws -> [String: Tensor] {
        guard contains(group) else { return [:] }
        let start = "/" + group + "/"
        var result: [String: Tensor] = [:]
        for name in try file.datasets(below: "/" + group) {
            result[String(name.dropFirst(start.count))] = try tensor(String(name.dropFirst()))
        }
        return result
    }

    /// 20 times the distance of the stored float32 result from float64, and 1e-6. MODELS 1.1.
    func tolerance(of object: String) throws(ReaderError) -> Double {
        20 * (try number("f64_max_abs_diff", of: object) ?? 0) + 1e-6
    }
}

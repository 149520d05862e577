internal import DataBank
internal import Glibc

/// Importance maps and masks of many windows on the disk of the bank, in a file without a name: it goes with the process,
/// however that ends.
///
/// `@unchecked Sendable`: written by one thread, then only read.
final class ImportanceSpool: @unchecked Sendable {
    private let descriptor: Int32
    private let path: String
    /// F·L: float64 of importance, then uint8 of the mask, 1 for causal.
    private let each: Int
    private(set) var count = 0

    init(in bank: Bank, each: Int) throws {
        path = bank.path + "/staging"
        self.each = each
        descriptor = open(path, O_RDWR | __O_TMPFILE | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Disk.failure("make a file without a name in", path) }
    }

    deinit { close(descriptor) }

    private var recordBytes: Int { 9 * each }

    func append(_ map: CausalMap) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(recordBytes)
        map.importance.withUnsafeBytes { bytes += $0 }
        bytes += map.isCausal.map { $0 ? 1 : 0 }
        precondition(bytes.count == recordBytes, "a map of another size")
        try Disk.write(bytes, to: descriptor, at: count * recordBytes, path: path)
        count += 1
    }

    /// Copies one field of some records: importance (field 0) or mask.
    func read(_ records: Range<Int>, field: Int, into target: UnsafeMutableRawBufferPointer) throws {
        let size = field == 0 ? 8 * each : each
        for (number, record) in records.enumerated() {
            let part = UnsafeMutableRawBufferPointer(rebasing: target[(number * size)..<((number + 1) * size)])
            let offset = record * recordBytes + (field == 0 ? 0 : 8 * each)
            guard pread(descriptor, part.baseAddress, size, offset) == size else { throw Disk.failure("read", path) }
        }
    }
}

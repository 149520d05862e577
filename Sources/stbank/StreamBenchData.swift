import DataBank
import Exchange
import FoundationEssentials
import Glibc
import SpaceTime

/// Data sets of one shape for `stbank bench stream`: floats, bytes, and packed floats.
struct StreamBenchData {
    /// Of the contiguous data sets.
    let bank: String
    /// Of the packed one: the same content would be the same data set, stored once.
    var packedBank: String { bank + "-packed" }
    private let scratch: String
    private let sequences: Int
    private let frames: Int
    private let side: Int

    /// - Parameter bytes: of the float32 data set, about.
    init(scratch: String, bytes: Int, side: Int, framesPerSequence: Int) throws {
        self.scratch = scratch
        bank = scratch + "/bank"
        frames = framesPerSequence
        self.side = side
        sequences = max(1, bytes / (4 * side * side * framesPerSequence))
    }

    /// Makes only the float32 data set, `floats`.
    func makeFloats() throws {
        try write("floats", ElementType.float32)
        try ingest("floats", from: "floats")
        try Disk.remove(scratch + "/floats.npy")
    }

    /// Makes the bank with the product's own `ingest`.
    func make(_ report: (String) -> Void) throws {
        try write("floats", ElementType.float32)
        try ingest("floats", from: "floats")
        report("floats")
        try ingest("packed", from: "floats", more: "--archive")
        report("packed")
        try Disk.remove(scratch + "/floats.npy")
        try write("bytes", ElementType.uint8)
        try ingest("bytes", from: "bytes")
        try Disk.remove(scratch + "/bytes.npy")
        report("bytes")
    }

    /// The one payload file of a data set.
    func payload(_ name: String) throws -> String {
        let bank = try Bank(at: name == "packed" ? packedBank : bank)
        let dataset = try Dataset(bank.resolve(name).digest, in: bank)
        guard dataset.record.payload.count == 1 else {
            throw BankError(.usage, "--mib has to stay below one shard, 2048")
        }
        return dataset.path(of: dataset.record.payload[0])
    }

    private func ingest(_ name: String, from file: String, more: String = "") throws {
        let own = Scratch.absolute("/proc/self/exe")
        let place = more.isEmpty ? bank : packedBank
        _ = try Limits.seconds(
            of: "'\(own)' ingest array '\(scratch)/\(file).npy' --as \(name) --set axes=NTCHW --split train --quiet "
                + "--bank '\(place)' \(more) >/dev/null")
    }

    /// Waves that move, with a little noise: compressible about as radar is.
    private func write(_ name: String, _ element: ElementType) throws {
        let path = "\(scratch)/\(name).npy"
        guard let file = fopen(path, "w") else { throw Disk.failure("write", path) }
        defer { fclose(file) }
        let header = NPYHeader.bytes(
            descr: element == .uint8 ? "|u1" : "<f4", shape: [sequences, frames, 1, side, side])
        fwrite(header, 1, header.count, file)
        for sequence in 0..<sequences {
            for frame in 0..<frames {
                let values = (0..<(side * side)).map { cell -> Float in
                    let (row, column) = (Float(cell / side), Float(cell % side))
                    let wave = sinf(row / 9 + Float(sequence)) * cosf(column / 11 + Float(frame) / 5)
                    let noise = KeyedRandom.mix64(UInt64((sequence * frames + frame) * side * side + cell)) & 3
                    return max(0, (wave * 200).rounded() + Float(noise))
                }
                let written =
                    element == .uint8
                    ? fwrite(values.map { UInt8(min(255, $0)) }, 1, values.count, file)
                    : fwrite(values, 4, values.count, file)
                guard written == values.count else { throw Disk.failure("write", path) }
            }
        }
    }
}

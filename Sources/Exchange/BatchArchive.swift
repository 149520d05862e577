internal import DataBank
internal import Glibc
package import Streaming

/// Writes batches as one `.npz`: `inputs` (N, T, C, H, W) and `targets` (N, K, C, H, W), float32, the batches' samples one behind the
/// other; a sample each: `valid`, `copy` (0: the original), `sample` (number of the window in the plan), `sequence` (position in the data set), `first_frame`.
package enum BatchArchive {
    /// - Parameters:
    ///   - batches: how many `next` will give.
    ///   - next: the next batch; nil where there is none.
    package static func write(to path: String, batches: Int, _ next: () throws -> Batch?) throws {
        let archive = try NPZWriter(path)
        let targets = try Spool(beside: path)
        var columns = Columns()
        guard let first = try next() else { throw ExchangeError("there is no batch to write", path: path) }
        let shape = [batches * first.count] + first.inputShape
        try archive.add("inputs", descr: "<f4", shape: shape, byteCount: 4 * shape.reduce(1, *)) { put in
            var batch: Batch? = first
            while let own = batch {
                try own.withInputs { numbers throws in try put(UnsafeRawBufferPointer(numbers)) }
                try own.withTargets { numbers throws in try targets.append(UnsafeRawBufferPointer(numbers)) }
                columns.append(own)
                batch = try next()
            }
        }
        let targetShape = [batches * first.count] + first.targetShape
        try archive.add("targets", descr: "<f4", shape: targetShape, byteCount: 4 * targetShape.reduce(1, *)) { put in
            try targets.read(put)
        }
        try columns.write(to: archive)
        try archive.finish()
    }

    /// What is known of each sample.
    private struct Columns {
        var valid: [UInt8] = []
        var windows: [Int64] = []
        var copies: [Int64] = []
        var sequences: [Int64] = []
        var firstFrames: [Int64] = []

        mutating func append(_ batch: Batch) {
            valid += batch.valid.map { $0 ? 1 : 0 }
            windows += batch.windows.map { Int64($0) }
            copies += batch.copies.map { Int64($0) }
            sequences += batch.sequences.map { Int64($0) }
            firstFrames += batch.firstFrames.map { Int64($0) }
        }

        func write(to archive: NPZWriter) throws {
            try archive.add("valid", valid, descr: "|b1")
            try archive.add("copy", copies, descr: "<i8")
            try archive.add("sample", windows, descr: "<i8")
            try archive.add("sequence", sequences, descr: "<i8")
            try archive.add("first_frame", firstFrames, descr: "<i8")
        }
    }
}

/// Bytes that wait on disk for their turn; the file has no name, so nothing of it is ever left.
private final class Spool {
    private let descriptor: Int32
    private let path: String

    init(beside path: String) throws(BankError) {
        self.path = path
        var template = Array((path + ".XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        if descriptor < 0 { throw Disk.failure("write beside", path) }
        unlink(template)
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            guard count > 0 else { throw Disk.failure("write beside", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// All bytes from the front, in steps.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        lseek(descriptor, 0, SEEK_SET)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { room.deallocate() }
        while true {
            let count = Glibc.read(descriptor, room.baseAddress, room.count)
            guard count >= 0 else { throw Disk.failure("read beside", path) }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: room[0..<count]))
        }
    }
}

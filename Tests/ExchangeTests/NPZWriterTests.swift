import Exchange
import Glibc
import Testing

struct NPZWriterTests {
    @Test func anArrayIsStoredUncompressedBehindItsHeader() throws {
        let path = "/tmp/stbank-npz-\(getpid()).npz"
        defer { unlink(path) }
        let writer = try NPZWriter(path)
        try writer.add("numbers", [Int64(1), -2, 3], descr: "<i8")
        try writer.add("words", ["a", "bü"])
        try writer.finish()
        let bytes = try contents(path)
        let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"
        let start = try #require(find(Array(header.utf8), in: bytes))
        #expect(Array(bytes[(start - 10)..<(start - 4)]) == [0x93] + Array("NUMPY".utf8))
        let end = try #require(bytes[start...].firstIndex(of: 0x0a)) + 1
        #expect((end - start + 10) % 64 == 0)
        let numbers: [Int64] = [1, -2, 3]
        #expect(Array(bytes[end..<(end + 24)]) == numbers.withUnsafeBytes { Array($0) })
        #expect(find(Array("'<U2'".utf8), in: bytes) != nil)
    }

    @Test func anUnfinishedFileIsNeverSeen() throws {
        let path = "/tmp/stbank-npz-unfinished-\(getpid()).npz"
        do {
            let writer = try NPZWriter(path)
            try writer.add("numbers", [Int64(1)], descr: "<i8")
        }
        #expect(access(path, F_OK) != 0 && access(path + ".part", F_OK) != 0)
    }

    private func contents(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    private func find(_ part: [UInt8], in bytes: [UInt8]) -> Int? {
        (0...(bytes.count - part.count)).first { Array(bytes[$0..<($0 + part.count)]) == part }
    }
}

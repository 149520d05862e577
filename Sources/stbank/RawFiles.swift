import DataBank
import Glibc

/// The files of a source, and whether the system holds them in memory.
struct RawFiles {
    let paths: [String]
    let byteCount: Int

    /// - Parameter sources: files and folders.
    init(_ sources: [String]) throws {
        paths = try sources.flatMap(Self.files)
        byteCount = try paths.reduce(0) { $0 + (try Disk.size(of: $1)) }
    }

    private static func files(under path: String) throws -> [String] {
        guard Disk.isFolder(path) else { return [path] }
        return try Disk.names(in: path).flatMap { try files(under: path + "/" + $0) }
    }

    /// Reads all files once, so that they lie in memory as far as there is room.
    func read() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        try each { path, descriptor in
            while case let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count), count != 0 {
                guard count > 0 || errno == EINTR else { throw Disk.failure("read", path) }
            }
        }
    }

    /// Lets the system drop all files from memory.
    func forget() throws {
        try each { path, descriptor in
            guard fsync(descriptor) == 0, posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0 else {
                throw Disk.failure("forget", path)
            }
        }
    }

    private func each(_ body: (String, Int32) throws -> Void) throws {
        for path in paths {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Disk.failure("open", path) }
            defer { close(descriptor) }
            try body(path, descriptor)
        }
    }
}

internal import Glibc
package import SpaceTime

/// SHA-256 of whole files.
package enum FileDigest {
    /// Reads in steps of 4 MiB; says through `progress` how many bytes each step had.
    package static func sha256(ofFileAt path: String, progress: (Int) throws -> Void = { _ in }) throws -> Digest {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure("open", path) }
        defer { close(descriptor) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        let hash = SHA256()
        while true {
            let got = read(descriptor, buffer.baseAddress, buffer.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Disk.failure("read", path) }
            if got == 0 { return hash.digest() }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            try progress(got)
        }
    }
}

internal import Glibc

/// A file that appears whole under its name when it is finished, or not at all.
final class OutputFile {
    private let path: String
    private let staging: String
    private var descriptor: Int32

    init(_ path: String) throws(TensorError) {
        self.path = path
        staging = "\(path).\(getpid()).tmp"
        descriptor = open(staging, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw InputFile.systemError("cannot be made", staging) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(staging)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TensorError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw InputFile.systemError("cannot be written", staging) }
            done += count
        }
    }

    /// Puts the bytes on the disk and the file under its name.
    func finish() throws(TensorError) {
        guard fsync(descriptor) == 0 else { throw InputFile.systemError("cannot be put on the disk", staging) }
        close(descriptor)
        descriptor = -1
        guard rename(staging, path) == 0 else {
            let error = InputFile.systemError("cannot be put in place", path)
            unlink(staging)
            throw error
        }
        let slash = path.lastIndex(of: "/")
        let folder = open(
            slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}

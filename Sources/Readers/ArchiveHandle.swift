internal import CArchive
internal import SpaceTime

/// One libarchive reader over bytes of ours: a compressed stream (bzip2, xz), a tar or a zip archive.
final class ArchiveHandle {
    let pointer: OpaquePointer
    private let input: Input
    private let path: String

    init(_ kind: ArchiveKind, over source: any ArchiveBytes, path: String) throws(ReaderError) {
        guard let pointer = archive_read_new() else {
            throw ReaderError(.system, "libarchive cannot be set up: not enough memory", path: path)
        }
        self.pointer = pointer
        self.path = path
        input = Input(source)
        try choose(kind)
        try open()
    }

    private func choose(_ kind: ArchiveKind) throws(ReaderError) {
        var status = ARCHIVE_OK
        switch kind {
        case .bzip2: status = min(archive_read_support_filter_bzip2(pointer), archive_read_support_format_raw(pointer))
        case .xz: status = min(archive_read_support_filter_xz(pointer), archive_read_support_format_raw(pointer))
        case .tar: status = archive_read_support_format_tar(pointer)
        case .zip: status = archive_read_support_format_zip_seekable(pointer)
        case .gzip, .none: preconditionFailure("not read by libarchive")
        }
        guard status == ARCHIVE_OK else {
            throw ReaderError(.system, "this build of libarchive lacks \(kind): \(message())", path: path)
        }
    }

    private func open() throws(ReaderError) {
        let context = Unmanaged.passUnretained(input).toOpaque()
        archive_read_set_callback_data(pointer, context)
        archive_read_set_read_callback(pointer) { _, context, block in
            guard let context, let block else { return -1 }
            return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().next(block)
        }
        if input.source is any SeekableArchiveBytes {
            archive_read_set_seek_callback(pointer) { _, context, offset, whence in
                guard let context else { return Int64(ARCHIVE_FATAL) }
                return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().seek(offset, whence)
            }
        }
        try check(archive_read_open1(pointer))
    }

    /// The next entry; nil at the end.
    func nextEntry() throws(ReaderError) -> OpaquePointer? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(pointer, &entry)
        if status == ARCHIVE_EOF { return nil }
        try check(status)
        return entry
    }

    /// The next bytes of the current entry; 0 at its end.
    func readData(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        let got = archive_read_data(pointer, buffer.baseAddress, buffer.count)
        guard got >= 0 else { throw failure() }
        return got
    }

    /// Where the header asked for last begins in the unpacked bytes.
    var headerPosition: Int { Int(archive_read_header_position(pointer)) }

    /// A warning (a name in an odd encoding) is no failure.
    private func check(_ status: Int32) throws(ReaderError) {
        if status != ARCHIVE_OK && status != ARCHIVE_WARN { throw failure() }
    }

    private func failure() -> ReaderError {
        input.failure ?? ReaderError(.damaged, "the archive is damaged: \(message()); get the file again", path: path)
    }

    private func message() -> String { archive_error_string(pointer).map { String(cString: $0) } ?? "no reason given" }

    deinit { archive_read_free(pointer) }
}

extension ArchiveHandle {
    /// What libarchive's calls back come to.
    private final class Input {
        let source: any ArchiveBytes
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        /// Our own error, which libarchive only knows as a failure.
        private(set) var failure: ReaderError?

        init(_ source: any ArchiveBytes) { self.source = source }

        func next(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
            do throws(ReaderError) {
                block.pointee = buffer.baseAddress.map { UnsafeRawPointer($0) }
                return try source.read(into: buffer)
            } catch {
                failure = error
                return -1
            }
        }

        func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
            guard let source = source as? any SeekableArchiveBytes else { return Int64(ARCHIVE_FATAL) }
            let base: Int
            switch whence {
            case 0: base = 0
            case 1: base = source.position
            default: base = source.byteCount
            }
            let (target, overflow) = base.addingReportingOverflow(Int(offset))
            guard !overflow, target >= 0, target <= source.byteCount else { return Int64(ARCHIVE_FATAL) }
            source.position = target
            return Int64(target)
        }

        deinit { buffer.deallocate() }
    }
}

/// A bzip2 or xz stream unpacked.
final class ArchiveFilter: ArchiveBytes {
    private let handle: ArchiveHandle
    private let budget: ArchiveBudget

    init(_ kind: ArchiveKind, _ source: any ArchiveBytes, budget: ArchiveBudget) throws(ReaderError) {
        self.budget = budget
        handle = try ArchiveHandle(kind, over: source, path: budget.path)
        guard try handle.nextEntry() != nil else {
            throw ReaderError(.damaged, "the compressed stream is empty", path: budget.path)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        let got = try handle.readData(into: buffer)
        try budget.charge(got)
        return got
    }
}

internal import CHDF5
internal import Glibc
internal import SpaceTime

/// The one lock under which HDF5 and netCDF are called; it also silences and clears HDF5's error stack, which is a thread's own.
///
/// The lock is recursive, so that a handle may be closed while another call is under way.
enum ArrayLibraryLock {
    /// `@unchecked Sendable`: a mutex is made to be shared; it is never destroyed.
    private struct Mutex: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<pthread_mutex_t>

        init() {
            pointer = .allocate(capacity: 1)
            var attributes = pthread_mutexattr_t()
            pthread_mutexattr_init(&attributes)
            pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
            pthread_mutex_init(pointer, &attributes)
            pthread_mutexattr_destroy(&attributes)
        }
    }

    private static let mutex = Mutex()

    /// Runs once: closing is ours, not an exit handler's; external links lead to files nobody named, so HDF5 forgets how to follow them.
    private static let prepared: Bool = {
        H5dont_atexit()
        H5open()
        H5Eset_auto2(chdf5_error_stack(), nil, nil)
        H5Lunregister(H5L_TYPE_EXTERNAL)
        H5Eclear2(chdf5_error_stack())
        return true
    }()

    static func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(mutex.pointer)
        defer {
            H5Eclear2(chdf5_error_stack())
            pthread_mutex_unlock(mutex.pointer)
        }
        _ = prepared
        H5Eset_auto2(chdf5_error_stack(), nil, nil)
        return try body()
    }

    /// Turns a status or identifier of HDF5 into a Swift error where it is negative; call it inside `locked`.
    @discardableResult
    static func check<Status: SignedInteger>(
        _ status: Status, _ what: @autoclosure () -> String, path: String, code: ReaderError.Code = .damaged
    ) throws(ReaderError) -> Status {
        if status >= 0 { return status }
        let reason = innermostReason()
        throw ReaderError(code, what() + (reason.isEmpty ? "" : " (HDF5: \(reason))"), path: path)
    }

    private static func innermostReason() -> String {
        var text = ""
        withUnsafeMutablePointer(to: &text) { pointer in
            _ = H5Ewalk2(
                chdf5_error_stack(), H5E_WALK_UPWARD,
                { depth, record, context in
                    guard depth == 0, let record, let context, let words = record.pointee.desc else { return 0 }
                    context.assumingMemoryBound(to: String.self).pointee = String(cString: words)
                    return 0
                }, pointer)
        }
        return text
    }
}

/// One identifier of HDF5's, given back when its last holder goes.
///
/// `@unchecked Sendable`: the number never changes, and what it stands for is touched under `ArrayLibraryLock` only.
final class HDF5Handle: @unchecked Sendable {
    let id: hid_t

    init(_ id: hid_t) { self.id = id }

    /// Takes over what an HDF5 call returned; a negative identifier becomes an error.
    init(
        _ id: hid_t, _ what: @autoclosure () -> String, path: String, code: ReaderError.Code = .damaged
    ) throws(ReaderError) {
        self.id = try ArrayLibraryLock.check(id, what(), path: path, code: code)
    }

    deinit {
        let id = id
        if id >= 0 { ArrayLibraryLock.locked { _ = H5Idec_ref(id) } }
    }
}

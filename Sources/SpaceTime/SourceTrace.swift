internal import Synchronization

/// Where a process says which source file it is about to look into, so that a crash can be laid to it.
///
/// Readers call `note` before they open a file or a member of an archive; outside the reader process nothing happens.
package enum SourceTrace {
    private static let listener = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Says that a file is opened next. Cheap: repeated notes of one path cost a comparison.
    package static func note(_ path: String) {
        let listen = listener.withLock { $0 }
        listen?(path)
    }

    /// Whom notes go to; one for the whole process.
    package static func listen(_ body: (@Sendable (String) -> Void)?) {
        listener.withLock { $0 = body }
    }
}

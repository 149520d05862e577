internal import Glibc
internal import SpaceTime

extension ReaderError {
    /// The process at the other end says what it may not say.
    static func protocolFault(_ what: String) -> ReaderError {
        ReaderError(
            .damaged,
            "the reader process broke its protocol: \(what). Nothing it sent is kept; a damaged or hostile file can do "
                + "this: check the source, or report a fault in stbank if the file is sound")
    }

    /// A call of the system failed.
    static func systemFault(_ call: String, _ code: Int32 = errno, path: String? = nil) -> ReaderError {
        ReaderError(.system, "\(call) failed: \(String(cString: strerror(code)))", path: path)
    }
}

internal import CPictures
internal import SpaceTime

/// The one place where a status of the C libraries becomes an error.
func check(
    _ path: String, _ call: (UnsafeMutablePointer<CChar>) -> Int32
) throws(ReaderError) -> Int32 {
    var failure: ReaderError?
    let status = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CPICTURES_MESSAGE)) { message in
        message.initialize(repeating: 0)
        guard let start = message.baseAddress else { return Int32(CPICTURES_SYSTEM) }
        let status = call(start)
        if status != CPICTURES_OK && status != CPICTURES_END {
            let code: ReaderError.Code = status == CPICTURES_SYSTEM ? .system : .damaged
            failure = ReaderError(code, String(cString: start), path: path)
        }
        return status
    }
    if let failure { throw failure }
    return status
}

/// The text in a C array of characters that ends with a zero.
func text<Characters>(in characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

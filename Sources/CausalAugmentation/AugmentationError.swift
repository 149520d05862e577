/// Why copies could not be made: what is wrong and what to do.
package struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The caller asked for something that cannot be (exit 64).
        case usage
        /// Numbers from a file are not what they must be (exit 65).
        case damaged
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

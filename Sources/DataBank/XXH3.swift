internal import CHash

/// XXH3 with 64 bits: finds damage in a piece at the speed of memory; no protection against intent.
package final class XXH3 {
    private let state: OpaquePointer

    package init() {
        guard let state = XXH3_createState() else { preconditionFailure("out of memory") }
        self.state = state
        XXH3_64bits_reset(state)
    }

    deinit { XXH3_freeState(state) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        XXH3_64bits_update(state, bytes.baseAddress, bytes.count)
    }

    /// Sixteen hexadecimal digits.
    package func text() -> String { XXH3.text(XXH3_64bits_digest(state)) }

    package static func text(of bytes: UnsafeRawBufferPointer) -> String {
        text(XXH3_64bits(bytes.baseAddress, bytes.count))
    }

    private static func text(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

internal import CKernels
internal import SpaceTime

/// Two SHA-256 over the same bytes as they come: one of the whole, one that begins anew with every part.
///
/// With SHA instructions both cost about as much as one; elsewhere libcrypto computes them one after the other.
final class TwinSHA256 {
    private var whole = ck_sha256()
    private var part = ck_sha256()
    private let slow: (whole: SHA256, part: Box)?

    private final class Box {
        var hash = SHA256()
    }

    /// This processor has SHA instructions.
    static var isFastHere: Bool { ck_sha256_is_available() != 0 }

    /// - Parameter isFast: false for libcrypto whatever the processor has.
    init(isFast: Bool = ck_sha256_is_available() != 0) {
        slow = isFast ? nil : (SHA256(), Box())
        ck_sha256_start(&whole)
        ck_sha256_start(&part)
    }

    /// Adds bytes to the whole only.
    func updateWhole(_ bytes: UnsafeRawBufferPointer) {
        if let slow { return slow.whole.update(bytes) }
        ck_sha256_update(&whole, bytes.baseAddress, bytes.count)
    }

    /// Adds bytes to both.
    func update(_ bytes: UnsafeRawBufferPointer) {
        if let slow {
            slow.whole.update(bytes)
            slow.part.hash.update(bytes)
        } else {
            ck_sha256_update_both(&whole, &part, bytes.baseAddress, bytes.count)
        }
    }

    /// Adds bytes to both and other bytes to another hash side by side with them. Only on processors with SHA instructions.
    func update(_ bytes: UnsafeRawBufferPointer, beside other: inout ck_sha256, _ others: UnsafeRawBufferPointer) {
        precondition(slow == nil, "libcrypto has no hashes side by side")
        ck_sha256_update_beside(
            &whole, &part, bytes.baseAddress, bytes.count, &other, others.baseAddress, others.count)
    }

    /// Begins a new part.
    func startPart() {
        slow?.part.hash = SHA256()
        ck_sha256_start(&part)
    }

    var wholeDigest: Digest { slow?.whole.digest() ?? TwinSHA256.digest(whole) }
    var partDigest: Digest { slow?.part.hash.digest() ?? TwinSHA256.digest(part) }

    static func digest(_ hash: ck_sha256) -> Digest {
        var copy = hash
        return Digest(
            bytes: [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
                ck_sha256_digest(&copy, buffer.baseAddress)
                filled = 32
            })
    }
}

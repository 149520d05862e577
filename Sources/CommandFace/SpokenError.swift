internal import CausalAugmentation
internal import Glibc

/// An error that knows how the program ends on it.
package protocol SpokenError: Error, CustomStringConvertible {
    /// One word for programs.
    var kind: String { get }
    /// 1 the work failed, 64 wrong usage, 65 damaged or refused input, 75 another process holds it.
    var exitStatus: Int32 { get }
}

extension AugmentationError: SpokenError {
    package var kind: String { code.rawValue }
    package var exitStatus: Int32 { code == .usage ? EX_USAGE : EX_DATAERR }
}

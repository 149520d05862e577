internal import CProcess
package import SpaceTime

/// What a small task of `stbank-read` may use.
package enum TaskLimits {
    static let memory = 2 << 30

    /// Sets the limits for this process, before it looks at its input.
    package static func apply(processorSeconds: Int) throws(ReaderError) {
        var limits = ReaderLimits()
        limits.memory = memory
        limits.processorSeconds = processorSeconds
        try ResourceLimits.apply(limits, scratch: ".")
    }
}

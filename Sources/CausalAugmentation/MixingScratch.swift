internal import CMixing

/// Working memory of one thread, kept from window to window.
package final class MixingScratch {
    private var sums = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
    private var listed = UnsafeMutableBufferPointer<cm_draw>(start: nil, count: 0)
    /// For each frame and patch, 1 where its sum over time is needed.
    var needed: [UInt8] = []

    package init() {}

    deinit {
        sums.deallocate()
        listed.deallocate()
    }

    /// Room for numbers; what was there before is gone.
    func room(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
        if sums.count < count {
            sums.deallocate()
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 64)
            sums = bytes.bindMemory(to: Double.self)
        }
        return sums
    }

    /// Room for draws, as the kernel takes them.
    func draws(_ count: Int) -> UnsafeMutableBufferPointer<cm_draw> {
        if listed.count < count {
            listed.deallocate()
            listed = .allocate(capacity: count)
            listed.initialize(repeating: cm_draw())
        }
        return listed
    }
}

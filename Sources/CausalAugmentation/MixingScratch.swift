/// Working memory of one thread, kept from window to window.
///
/// At most one history of a patch for each frame and patch: twice the bytes of a float32 window.
package final class MixingScratch {
    private var histories: UnsafeMutableBufferPointer<Double>
    /// For each frame and patch, the number of its history; -1 where none is needed.
    var places: [Int32] = []
    var results: [UnsafeMutablePointer<Double>?] = []
    let mixture = Mixture()

    package init() { histories = UnsafeMutableBufferPointer(start: nil, count: 0) }

    deinit { histories.deallocate() }

    /// Room for numbers; what was there before is gone.
    func room(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
        if histories.count < count {
            histories.deallocate()
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 64)
            histories = bytes.bindMemory(to: Double.self)
        }
        return histories
    }
}

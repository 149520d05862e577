internal import CMixing

/// The neighbours of one mix, at most eight, as the kernel takes them.
final class Mixture {
    var count = 0
    let patches = UnsafeMutablePointer<Int>.allocate(capacity: 8)
    /// Importance, then the share of it.
    let lambda = UnsafeMutablePointer<Double>.allocate(capacity: 8)
    let scaled = UnsafeMutablePointer<Double>.allocate(capacity: 8)
    let histories = UnsafeMutablePointer<UnsafePointer<Double>?>.allocate(capacity: 8)

    deinit {
        patches.deallocate()
        lambda.deallocate()
        scaled.deallocate()
        histories.deallocate()
    }

    func add(_ patch: Int, _ importance: Double, _ history: UnsafePointer<Double>?) {
        precondition(count < 8, "a patch has eight neighbours")
        patches[count] = patch
        lambda[count] = importance
        histories[count] = history
        count += 1
    }

    var sources: cm_sources {
        cm_sources(count: count, patches: patches, lambda: lambda, scaled: scaled, histories: histories)
    }
}

extension Optional where Wrapped == [Double] {
    /// Lends the numbers; nil where there are none.
    func withPointer<R>(_ body: (UnsafePointer<Double>?) -> R) -> R {
        guard let self else { return body(nil) }
        return self.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

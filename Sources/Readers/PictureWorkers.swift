internal import Dispatch
internal import SpaceTime
internal import Synchronization

/// Looks at or decodes many small pictures on a few threads and waits for all of them.
enum PictureWorkers {
    /// Calls `body` for each of `0..<count`, each once, in no promised order.
    /// - Throws: the error of the lowest position that failed, whatever the threads' order.
    static func perform(
        _ count: Int, threads: Int, _ body: @Sendable (Int) throws(ReaderError) -> Void
    ) throws(ReaderError) {
        let workers = max(1, min(threads, count))
        let failure = Mutex<(index: Int, error: ReaderError)?>(nil)
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                do throws(ReaderError) {
                    try body(index)
                } catch {
                    failure.withLock { first in
                        if index < first?.index ?? Int.max { first = (index, error) }
                    }
                    next.store(count, ordering: .relaxed)
                }
            }
        }
        if let error = failure.withLock({ $0?.error }) { throw error }
    }

    /// What `body` makes of each of `0..<count`, in order.
    static func map<Value: Sendable>(
        _ count: Int, threads: Int, _ body: @Sendable (Int) throws(ReaderError) -> Value
    ) throws(ReaderError) -> [Value] {
        let values = Mutex([Value?](repeating: nil, count: count))
        try perform(count, threads: threads) { index throws(ReaderError) in
            let value = try body(index)
            values.withLock { $0[index] = value }
        }
        return values.withLock { $0.compactMap { $0 } }
    }
}

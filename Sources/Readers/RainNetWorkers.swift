internal import Dispatch
internal import SpaceTime
internal import Synchronization

/// Runs the same work for many positions on a few threads and waits for all of it.
enum RainNetWorkers {
    /// Calls `body` for each of `0..<count`, each once, in no promised order.
    /// - Throws: the error of the lowest position that failed.
    static func perform(
        _ count: Int, threads: Int, _ body: (Int) throws(ReaderError) -> Void
    ) throws(ReaderError) {
        let workers = max(1, min(threads, count))
        guard workers > 1 else {
            for index in 0..<count { try body(index) }
            return
        }
        let failure = Mutex<(index: Int, error: ReaderError)?>(nil)
        withoutActuallyEscaping(body) { body in
            // The calls end before this function does, and the caller promises that they may run side by side.
            nonisolated(unsafe) let work = body
            let next = Atomic<Int>(0)
            DispatchQueue.concurrentPerform(iterations: workers) { _ in
                while true {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < count else { return }
                    do throws(ReaderError) {
                        try work(index)
                    } catch {
                        failure.withLock { first in
                            if index < first?.index ?? Int.max { first = (index, error) }
                        }
                    }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    /// The results of `body` for `0..<count`, in order.
    static func map<Result: Sendable>(
        _ count: Int, threads: Int, _ body: (Int) throws(ReaderError) -> Result
    ) throws(ReaderError) -> [Result] {
        let results = Mutex<[Result?]>(Array(repeating: nil, count: count))
        try perform(count, threads: threads) { (index) throws(ReaderError) in
            let result = try body(index)
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}

internal import Glibc
internal import Synchronization

/// Plain threads for the windows of a data set; they live no longer than a call, their working memory stays for the next one. What is
/// made does not depend on how many there are, since each window's copies follow from its own key.
package final class Crew: Sendable {
    private let threads: Int
    private let idle = Mutex<[Lent]>([])

    package init(threads: Int) { self.threads = max(1, threads) }

    /// `@unchecked Sendable`: it is one thread's at a time.
    private struct Lent: @unchecked Sendable {
        let scratch: SceneScratch
    }

    /// Calls `body` once for each of `0..<count`, with working memory of the thread's own. After the first error no further call
    /// begins; the error of the lowest index is thrown when all threads have ended.
    package func run(count: Int, _ body: @escaping @Sendable (Int, SceneScratch) throws -> Void) throws {
        let job = Job(count: count) { [self] loop in
            let lent = idle.withLock { $0.popLast() } ?? Lent(scratch: SceneScratch())
            loop { index in try body(index, lent.scratch) }
            idle.withLock { $0.append(lent) }
        }
        var others: [pthread_t] = []
        for _ in 1..<max(1, min(threads, count)) {
            if let thread = job.start() { others.append(thread) }
        }
        job.work()
        for thread in others { pthread_join(thread, nil) }
        if let failure = job.failure.withLock({ $0 }) { throw failure.error }
    }
}

/// What the threads of one call share.
private final class Job: Sendable {
    typealias Loop = ((Int) throws -> Void) -> Void

    private let count: Int
    /// Sets a thread up, and hands what it does for each index to a loop.
    private let thread: @Sendable (Loop) -> Void
    private let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)

    init(count: Int, thread: @escaping @Sendable (Loop) -> Void) {
        self.count = count
        self.thread = thread
    }

    func start() -> pthread_t? {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Job>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
        if status == 0 { return thread }
        // The machine has no thread left: the calling thread does all the work.
        context.release()
        return nil
    }

    func work() {
        thread { body in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                do {
                    try body(index)
                } catch {
                    next.store(count, ordering: .relaxed)
                    failure.withLock { kept in
                        if let earlier = kept, earlier.index <= index { return }
                        kept = (index, error)
                    }
                }
            }
        }
    }
}

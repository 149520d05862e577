internal import Glibc
internal import Synchronization

/// Plain threads for the windows of a data set; they live no longer than the call. What is made does not depend on how many
/// there are, since each window's copies follow from its own key.
package enum Crew {
    /// Calls `body` once for each of `0..<count`, with working memory of the thread's own. After the first error no further call
    /// begins; the error of the lowest index is thrown when all threads have ended.
    package static func run(
        count: Int, threads: Int, _ body: @escaping @Sendable (Int, MixingScratch) throws -> Void
    ) throws {
        let job = Job(count: count, body: body)
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
    private let count: Int
    private let body: @Sendable (Int, MixingScratch) throws -> Void
    private let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)

    init(count: Int, body: @escaping @Sendable (Int, MixingScratch) throws -> Void) {
        self.count = count
        self.body = body
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
        let scratch = MixingScratch()
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            do {
                try body(index, scratch)
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

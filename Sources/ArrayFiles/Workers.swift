internal import Glibc
internal import SpaceTime
internal import Synchronization

/// Plain threads for inflating and transposing; they live no longer than the call.
enum Workers {
    /// Calls `body` once for each of `0..<count`, on at most `threads` threads, each with a state of its own.
    /// After the first error no further call begins; the error is thrown when all threads have ended.
    static func run<State>(
        count: Int, threads: Int, state: @escaping @Sendable () -> State,
        body: @escaping @Sendable (State, Int) throws(ReaderError) -> Void
    ) throws(ReaderError) {
        let job = Job(count: count) { () -> @Sendable (Int) -> ReaderError? in
            let own = Box(state())
            return { index in
                do throws(ReaderError) {
                    try body(own.value, index)
                    return nil
                } catch { return error }
            }
        }
        var started: [pthread_t] = []
        for _ in 1..<max(1, min(threads, count)) {
            if let thread = job.start() { started.append(thread) }
        }
        job.work()
        for thread in started { pthread_join(thread, nil) }
        if let error = job.firstError { throw error }
    }

    /// Kept by one thread. `@unchecked Sendable`: it is made and used on that thread only.
    private final class Box<State>: @unchecked Sendable {
        let value: State
        init(_ value: State) { self.value = value }
    }
}

/// What the threads of one call share.
private final class Job: Sendable {
    private let count: Int
    private let makeWorker: @Sendable () -> @Sendable (Int) -> ReaderError?
    private let next = Atomic<Int>(0)
    private let failure = Mutex<(index: Int, error: ReaderError)?>(nil)

    init(count: Int, makeWorker: @escaping @Sendable () -> @Sendable (Int) -> ReaderError?) {
        self.count = count
        self.makeWorker = makeWorker
    }

    /// The error of the lowest index, so that the message does not depend on which thread was first.
    var firstError: ReaderError? { failure.withLock { $0?.error } }

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
        let worker = makeWorker()
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            guard let error = worker(index) else { continue }
            next.store(count, ordering: .relaxed)
            failure.withLock { kept in
                if let earlier = kept, earlier.index <= index { return }
                kept = (index, error)
            }
        }
    }
}

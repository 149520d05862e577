internal import DataBank
internal import Glibc
internal import Synchronization

/// Plain threads that share the slots of one batch and end with it: nothing is left that a `fork` could lose.
final class FillCrew: Sendable {
    typealias Body = @Sendable (Int, FillScratch) throws(BankError) -> Void

    private let count: Int
    private let body: Body
    private let next = Atomic<Int>(0)
    private let failure = Mutex<(slot: Int, error: BankError)?>(nil)

    private init(count: Int, body: @escaping Body) {
        self.count = count
        self.body = body
    }

    /// Calls `body` once for each of `0 ..< count`. After the first error no further call begins; that of the lowest
    /// slot is thrown.
    static func run(count: Int, threads: Int, _ body: @escaping Body) throws(BankError) {
        let crew = FillCrew(count: count, body: body)
        var others: [pthread_t] = []
        for _ in 1..<max(1, min(threads, count)) {
            if let thread = Thread.start({ crew.work() }) { others.append(thread) }
        }
        crew.work()
        for thread in others { pthread_join(thread, nil) }
        if let failure = crew.failure.withLock({ $0 }) { throw failure.error }
    }

    private func work() {
        let scratch = FillScratch()
        while true {
            let slot = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard slot < count else { return }
            do throws(BankError) {
                try body(slot, scratch)
            } catch {
                next.store(count, ordering: .relaxed)
                failure.withLock { kept in
                    if let earlier = kept, earlier.slot <= slot { return }
                    kept = (slot, error)
                }
            }
        }
    }
}

/// Threads without a runtime behind them.
enum Thread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread; nil where the machine has none left.
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Start(body))
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context.toOpaque())
        if status == 0 { return thread }
        context.release()
        return nil
    }
}

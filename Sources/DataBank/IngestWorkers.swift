internal import CProcess
internal import Dispatch
internal import SpaceTime
internal import Synchronization

/// Threads that write, hash and measure frames while the next ones arrive. Each does its work in the order it was given.
final class IngestWorkers: Sendable {
    enum Duty: CaseIterable {
        case write
        /// SHA-256 of the file and of each piece.
        case hash
        /// Moments and XXH3.
        case measure

        /// The threads that wake up never take the processor from the one that hashes: all of them wait for it in the end.
        fileprivate func takePriority() { _ = cprocess_yield_when_woken(self == .hash ? 0 : 1) }
    }

    private let queues: [Duty: DispatchQueue]
    private let fault = Mutex<BankError?>(nil)

    init() {
        queues = Dictionary(uniqueKeysWithValues: Duty.allCases.map { ($0, DispatchQueue(label: "stbank.\($0)")) })
    }

    /// Does `work` after all that was given to the duty before. After a failure nothing more is done.
    func give(_ duty: Duty, _ work: @escaping @Sendable () throws(BankError) -> Void) {
        queues[duty]?.async { [self] in
            guard fault.withLock({ $0 == nil }) else { return }
            duty.takePriority()
            do throws(BankError) {
                try work()
            } catch {
                fault.withLock { $0 = $0 ?? error }
            }
        }
    }

    /// Waits for the work under way and leaves out the rest.
    func abandon() {
        fault.withLock { $0 = $0 ?? BankError(.system, "the build was given up") }
        for duty in Duty.allCases { queues[duty]?.sync {} }
    }

    /// Throws the first failure there was.
    func check() throws(BankError) {
        if let error = fault.withLock({ $0 }) { throw error }
    }

    /// Waits until everything given is done.
    func finish() throws(BankError) {
        for duty in Duty.allCases { queues[duty]?.sync {} }
        try check()
    }
}

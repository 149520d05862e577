internal import CStream
internal import DataBank
internal import Glibc

/// Batches that threads fill ahead, in order. Which thread fills what cannot be seen in them.
final class BatchRing: Sendable {
    /// One batch on its way.
    struct Ticket {
        let epoch: Int
        let step: Int
        let work: BatchSource.Work
        let buffer: BatchBuffer
        var nextSlot = 0
        var filledSlots = 0
        var error: BankError?
    }

    private struct State {
        var nextEpoch: Int
        var nextStep: Int
        /// Tickets in order; the first is the next to be served.
        var open: [Ticket] = []
        /// Number of the first open ticket.
        var firstNumber = 0
        var free: [BatchBuffer] = []
        /// A ticket could not even be opened.
        var error: BankError?
        var isClosed = false
        /// Is told once when there is something to serve.
        var waiter: (@Sendable () -> Void)?
    }

    private let source: BatchSource
    private let shard: Shard
    private let slots: Int
    private let endEpoch: Int?
    private let ahead: Int
    private let masks: Bool
    private let grain: Int
    private let state: Monitor<State>
    private let threads: [pthread_t]

    /// - Parameters:
    ///   - start: epoch and step of the first batch.
    ///   - endEpoch: the first epoch that is not served; nil for ever on.
    ///   - ahead: batches that are filled or being filled.
    ///   - threads: that fill; with 0 the caller of `next` does.
    init(
        _ source: BatchSource, shard: Shard, from start: (epoch: Int, step: Int), endEpoch: Int?, ahead: Int,
        threads: Int,
        masks: Bool
    ) throws(BankError) {
        self.source = source
        self.shard = shard
        slots = try shard.share(ofBatch: source.plan.batchSize)
        self.endEpoch = endEpoch
        self.ahead = max(1, ahead)
        self.masks = masks
        // Small windows are filled several at a time, so that the lock costs nothing.
        let bytes = 4 * (source.inputShape.reduce(1, *) + source.targetShape.reduce(1, *))
        grain = max(1, min((256 << 10) / max(1, bytes), slots / max(1, threads)))
        let state = Monitor(State(nextEpoch: start.epoch, nextStep: start.step))
        self.state = state
        let filler = Filler(
            source: source, shard: shard, slots: slots, endEpoch: endEpoch, ahead: self.ahead, masks: masks,
            grain: grain,
            state: state)
        cs_guard()
        self.threads = (0..<threads).compactMap { _ in Thread.start { filler.work() } }
    }

    deinit {
        state.change { $0.isClosed = true }
        for thread in threads { pthread_join(thread, nil) }
    }

    /// The next batch; nil at the end.
    func next() throws(BankError) -> Batch? {
        if threads.isEmpty { fillOne() }
        let served: Result<(Ticket?, StreamState?), BankError> = state.wait { state in self.serve(&state) }
        return try batch(from: served)
    }

    /// Calls `body` when `next` would not wait; at once where that is now.
    func whenReady(_ body: @escaping @Sendable () -> Void) {
        if threads.isEmpty { return body() }
        let isNow = state.withLock { state -> Bool in
            if isReady(state) { return true }
            state.waiter = body
            return false
        }
        if isNow { body() }
    }

    private func isReady(_ state: State) -> Bool {
        guard let first = state.open.first else { return state.error != nil || isAtEnd(state) }
        return first.error != nil || first.filledSlots == slots
    }

    private func isAtEnd(_ state: State) -> Bool { endEpoch.map { state.nextEpoch >= $0 } ?? false }

    private func serve(_ state: inout State) -> Result<(Ticket?, StreamState?), BankError>? {
        guard isReady(state) else { return nil }
        guard let first = state.open.first else {
            if let error = state.error { return .failure(error) }
            return .success((nil, nil))
        }
        if let error = first.error { return .failure(error) }
        state.open.removeFirst()
        state.firstNumber += 1
        return .success((first, source.state(after: (first.epoch, first.step))))
    }

    private func batch(from served: Result<(Ticket?, StreamState?), BankError>) throws(BankError) -> Batch? {
        guard case (let ticket?, let next?) = try served.get() else { return nil }
        let (state, limit) = (state, ahead)
        let lease = BatchLease(ticket.buffer) { buffer in
            state.change { if $0.free.count < limit { $0.free.append(buffer) } }
        }
        return Batch(ticket, of: source, slots: slots, lease: lease, next: next)
    }

    /// Fills the next batch on the calling thread.
    private func fillOne() {
        let filler = Filler(
            source: source, shard: shard, slots: slots, endEpoch: endEpoch, ahead: 1, masks: masks, grain: slots,
            state: state)
        filler.workOnce()
    }
}

extension BatchRing {
    /// What one filling thread does. Does not hold the ring, so that the ring can end.
    private struct Filler: Sendable {
        let source: BatchSource
        let shard: Shard
        let slots: Int
        let endEpoch: Int?
        let ahead: Int
        let masks: Bool
        let grain: Int
        let state: Monitor<State>

        private enum Work {
            case fill(number: Int, slots: Range<Int>, BatchSource.Work, BatchBuffer)
            case stop
        }

        func work() {
            let scratch = FillScratch()
            while true {
                switch state.wait({ state -> Work? in nextWork(&state) }) {
                case .stop: return
                case .fill(let number, let slots, let work, let buffer): fill(number, slots, work, buffer, scratch)
                }
            }
        }

        func workOnce() {
            let task = state.withLock { state -> Work? in nextWork(&state) }
            guard case .fill(let number, let slots, let work, let buffer) = task else { return }
            fill(number, slots, work, buffer, FillScratch())
        }

        private func nextWork(_ state: inout State) -> Work? {
            if state.isClosed { return .stop }
            if state.error == nil, !state.open.contains(where: { $0.nextSlot < slots && $0.error == nil }) {
                openNext(&state)
            }
            guard let place = state.open.firstIndex(where: { $0.nextSlot < slots && $0.error == nil }) else {
                return nil
            }
            let begin = state.open[place].nextSlot
            let own = begin..<min(slots, begin + grain)
            state.open[place].nextSlot = own.upperBound
            let ticket = state.open[place]
            return .fill(number: state.firstNumber + place, slots: own, ticket.work, ticket.buffer)
        }

        /// Opens one more ticket where there is room for it.
        private func openNext(_ state: inout State) {
            guard state.open.count < ahead, endEpoch.map({ state.nextEpoch < $0 }) ?? true else { return }
            do throws(BankError) {
                let buffer = if let free = state.free.popLast() { free } else { try makeBuffer() }
                let work = try source.work(epoch: state.nextEpoch, step: state.nextStep, shard: shard)
                state.open.append(
                    Ticket(epoch: state.nextEpoch, step: state.nextStep, work: work, buffer: buffer))
                let next = source.state(after: (state.nextEpoch, state.nextStep))
                (state.nextEpoch, state.nextStep) = (next.epoch, next.step)
            } catch {
                state.error = error
            }
        }

        private func makeBuffer() throws(BankError) -> BatchBuffer {
            try BatchBuffer(
                slots: slots, inputs: source.inputShape.reduce(1, *), targets: source.targetShape.reduce(1, *),
                masks: masks)
        }

        private func fill(
            _ number: Int, _ slots: Range<Int>, _ work: BatchSource.Work, _ buffer: BatchBuffer, _ scratch: FillScratch
        ) {
            var failure: BankError?
            do throws(BankError) {
                for slot in slots { try source.fill(slot: slot, of: work, buffer.memory, scratch) }
            } catch {
                failure = error
            }
            let waiter = state.change { state -> (@Sendable () -> Void)? in
                // A ticket that is gone failed by another thread's hand.
                let place = number - state.firstNumber
                guard state.open.indices.contains(place) else { return nil }
                state.open[place].filledSlots += slots.count
                if let failure, state.open[place].error == nil { state.open[place].error = failure }
                guard place == 0, state.open[0].error != nil || state.open[0].filledSlots == self.slots else {
                    return nil
                }
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?()
        }
    }
}

extension BatchStream: AsyncSequence {
    public typealias Element = Batch

    /// Waits without holding a thread.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: BatchStream

        public func next() async throws -> Batch? {
            try Task.checkCancellation()
            await withCheckedContinuation { continuation in stream.whenReady { continuation.resume() } }
            return try stream.next()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

import DataBank
import Dispatch
import Glibc
import Streaming

/// memcpy of the windows that a stream serves, in its order, into buffers like its own: the limit of streaming.
///
/// `@unchecked Sendable`: its threads write to different windows of the buffers.
final class WindowCopy: @unchecked Sendable {
    enum Origin { case memory, map }

    private let map: MappedFile
    private let offset: Int
    private let memory: UnsafeMutableRawPointer
    private let buffers: [UnsafeMutableRawPointer]
    private let batchBytes: Int
    private let windowBytes: Int
    private let batch: Int
    /// Where the windows begin, in bytes from the first frame.
    private var places: [Int] = []

    /// - Parameters:
    ///   - source: float32, all frames of a sequence one behind the other, all sequences of one length.
    ///   - path: its one payload file.
    init(_ source: BatchSource, path: String, framesPerSequence: Int) throws {
        map = try MappedFile(path)
        let frameBytes = 4 * source.inputShape[1...].reduce(1, *)
        windowBytes = frameBytes * (source.inputShape[0] + source.targetShape[0])
        batch = source.plan.batchSize
        batchBytes = batch * windowBytes
        offset = 4096
        let stream = try BatchStream(source, epochs: 2)
        while let batch = try stream.next() {
            guard batch.epoch == 1 else { continue }
            for slot in 0..<batch.count where batch.valid[slot] {
                places.append((batch.sequences[slot] * framesPerSequence + batch.firstFrames[slot]) * frameBytes)
            }
        }
        let size = map.bytes.count - offset
        memory = WindowCopy.allocate(size)
        if let start = map.bytes.baseAddress { memory.copyMemory(from: start + offset, byteCount: size) }
        buffers = (0..<4).map { [batchBytes] _ in
            let buffer = WindowCopy.allocate(batchBytes)
            madvise(buffer, batchBytes, MADV_HUGEPAGE)
            memset(buffer, 1, batchBytes)
            return buffer
        }
    }

    deinit {
        munmap(memory, map.bytes.count - offset)
        for buffer in buffers { munmap(buffer, batchBytes) }
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
            preconditionFailure("no memory for \(count) bytes")
        }
        return start
    }

    /// Bytes of an epoch.
    var byteCount: Double { Double(places.count) * Double(windowBytes) }

    /// Seconds of one epoch.
    func seconds(from origin: Origin, threads: Int) -> Double {
        let begin = Limits.now
        guard threads > 1 else {
            for place in places.indices { copy(place, from: origin) }
            return Limits.now - begin
        }
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for place in stride(from: thread, to: places.count, by: threads) { copy(place, from: origin) }
        }
        return Limits.now - begin
    }

    private func copy(_ place: Int, from origin: Origin) {
        var start = UnsafeRawPointer(memory)
        if origin == .map, let mapped = map.bytes.baseAddress { start = mapped + offset }
        let buffer = buffers[place / batch % buffers.count] + place % batch * windowBytes
        memcpy(buffer, start + places[place], windowBytes)
    }
}

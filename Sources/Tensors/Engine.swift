internal import CTorch

/// libtorch as a whole: version, threads and its generator of random numbers.
public enum Engine {
    /// Such as `2.13.0`.
    public static var version: String { String(cString: ctorch_version()) }

    /// The threads that one operation uses.
    public static var threadCount: Int { Int(ctorch_thread_count()) }

    public static func setThreadCount(_ count: Int) throws(TensorError) {
        precondition(count > 0, "\(count) threads")
        try Library.perform("set threads") { ctorch_set_threads(Int32(count), $0) }
    }

    /// The memory of large tensors of the CPU, bytes; small ones are the C library's and are not counted.
    public struct Memory: Hashable, Sendable {
        /// Of tensors that are there.
        public var used: Int
        /// Left by tensors that are gone, for the next of their size; together with `used` never more than `most`.
        public var kept: Int
        /// The most that was in use at a time, since the start or `releaseFreedMemory`.
        public var most: Int
    }

    public static var memory: Memory {
        let state = ctorch_memory_state()
        return Memory(used: state.live, kept: state.kept, most: state.most)
    }

    /// Gives memory that tensors left back to the system, so that its size tells what is in use.
    public static func releaseFreedMemory() { ctorch_release_freed() }

    /// Seeds initial values and dropout, on all devices.
    public static func seed(_ seed: UInt64) throws(TensorError) {
        try Library.perform("seed") { ctorch_seed(seed, $0) }
    }

    /// The state of a device's generator, uint8 of one axis in the memory of the CPU: what a checkpoint keeps to resume
    /// exactly. What is drawn for tensors of a device comes from its own.
    public static func generatorState(of device: Device = .cpu) throws(TensorError) -> Tensor {
        try Library.make("generator state") { ctorch_generator_state(device.code, $0, $1) }
    }

    public static func restoreGenerator(_ state: Tensor, of device: Device = .cpu) throws(TensorError) {
        try Library.perform("restore generator", [state]) {
            ctorch_set_generator_state(device.code, state.pointer, $0)
        }
    }
}

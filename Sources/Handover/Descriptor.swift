internal import CProcess
internal import Glibc
internal import SpaceTime

/// An open file descriptor, closed when it goes and in every program that is started.
struct Descriptor: ~Copyable {
    let number: Int32

    /// Takes over a descriptor.
    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// The descriptors that the reader process finds open.
    static let messages: Int32 = 3
    static let frames: Int32 = 4
    /// Numbers from here on cannot be in the way of those above.
    private static let leastOwnNumber: Int32 = 16

    /// Takes over the result of a call, moved out of the way of what a child needs.
    static func taking(_ number: Int32, from call: String) throws(ReaderError) -> Descriptor {
        guard number >= 0 else { throw .systemFault(call) }
        return try Descriptor(owning: number).copiedAway()
    }

    /// The same open file under a number that no child needs.
    borrowing func copiedAway() throws(ReaderError) -> Descriptor {
        let moved = cprocess_copy(number, Self.leastOwnNumber)
        guard moved >= 0 else { throw .systemFault("fcntl(F_DUPFD_CLOEXEC)") }
        return Descriptor(owning: moved)
    }

    /// A file in memory, without a name.
    static func memoryFile() throws(ReaderError) -> Descriptor {
        try taking(cprocess_memory_file("stbank-frames"), from: "memfd_create")
    }
}

/// Two connected descriptors.
struct DescriptorPair: ~Copyable {
    let ours: Descriptor
    let theirs: Descriptor

    private init(_ ends: (Int32, Int32), from call: String) throws(ReaderError) {
        // Both are owned before the first can fail.
        let second = Descriptor(owning: ends.1)
        let first = try Descriptor.taking(ends.0, from: call)
        let moved = try second.copiedAway()
        ours = first
        theirs = moved
    }

    /// Bytes both ways.
    static func socket() throws(ReaderError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .systemFault("socketpair") }
        return try DescriptorPair((ends[0], ends[1]), from: "socketpair")
    }

    /// Bytes from the child to us, without waiting on our side.
    static func pipe() throws(ReaderError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        guard cprocess_pipe(&ends) == 0 else { throw .systemFault("pipe2") }
        let pair = try DescriptorPair((ends[0], ends[1]), from: "pipe2")
        guard cprocess_set_nonblocking(pair.ours.number) == 0 else { throw .systemFault("fcntl(O_NONBLOCK)") }
        return pair
    }

    /// Closes the child's end.
    consuming func keepingOurs() -> Descriptor { ours }
}

internal import CausalAugmentation
internal import DataBank
internal import FoundationEssentials
internal import SpaceTime
internal import Streaming

/// Behind `stbank_abi`: rises whenever a function of include/stbank.h changes.
@_cdecl("stbank_abi")
public func abi() -> UInt32 { 2 }

/// Behind `stbank_open`.
@_cdecl("stbank_open")
public func open(
    _ bank: UnsafePointer<CChar>, _ dataset: UnsafePointer<CChar>, _ plan: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<CChar>?, _ size: Int
) -> UnsafeMutableRawPointer? {
    do throws(BankError) {
        let request = try plan.map { text throws(BankError) in try PlanRequest(json(String(cString: text))) }
        let source = try CopyStream.open(
            String(cString: dataset), in: Bank(at: String(cString: bank)), request ?? PlanRequest())
        return Unmanaged.passRetained(source).toOpaque()
    } catch {
        _ = put(error.description, into: message, size)
        return nil
    }
}

private func json(_ text: String) throws(BankError) -> JSONValue {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
        throw BankError(.usage, "the plan is no JSON")
    }
    return value
}

/// Behind `stbank_describe`.
@_cdecl("stbank_describe")
public func describe(_ stream: UnsafeRawPointer, _ text: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    let source = Unmanaged<BatchSource>.fromOpaque(stream).takeUnretainedValue()
    let description = source.description.canonicalText
    guard description.utf8.count < size else { return description.utf8.count }
    return put(description, into: text, size)
}

/// Behind `stbank_fill`.
@_cdecl("stbank_fill")
public func fill(
    _ stream: UnsafeRawPointer, _ epoch: UInt64, _ step: UInt64, _ rank: UInt32, _ world: UInt32, _ threads: UInt32,
    _ inputs: UnsafeMutablePointer<Float>, _ targets: UnsafeMutablePointer<Float>,
    _ valid: UnsafeMutablePointer<UInt8>?,
    _ windows: UnsafeMutablePointer<Int64>?, _ sequences: UnsafeMutablePointer<Int64>?,
    _ firstFrames: UnsafeMutablePointer<Int64>?, _ copies: UnsafeMutablePointer<Int64>?,
    _ inputMask: UnsafeMutablePointer<UInt8>?, _ targetMask: UnsafeMutablePointer<UInt8>?,
    _ message: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int32 {
    let source = Unmanaged<BatchSource>.fromOpaque(stream).takeUnretainedValue()
    var memory = BatchMemory(inputs: inputs, targets: targets)
    memory.valid = valid
    memory.windows = windows
    memory.sequences = sequences
    memory.firstFrames = firstFrames
    memory.copies = copies
    memory.inputMask = inputMask
    memory.targetMask = targetMask
    do throws(BankError) {
        guard let epoch = Int(exactly: epoch), let step = Int(exactly: step) else {
            throw BankError(.usage, "epoch and step have 63 bits")
        }
        try source.fill(
            epoch: epoch, step: step, shard: Shard(rank: Int(rank), world: Int(world)), into: memory,
            threads: Int(threads))
        return 0
    } catch {
        _ = put("\(source.name): \(error.description)", into: message, size)
        return error.code == .usage || error.code == .notFound ? 1 : 2
    }
}

/// Behind `stbank_close`.
@_cdecl("stbank_close")
public func close(_ stream: UnsafeMutableRawPointer?) {
    if let stream { Unmanaged<BatchSource>.fromOpaque(stream).release() }
}

/// As much of a text as there is room for, with a closing 0. Returns the text's length.
private func put(_ text: String, into room: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    guard let room, size > 0 else { return text.utf8.count }
    var place = 0
    for byte in text.utf8.prefix(size - 1) {
        room[place] = CChar(bitPattern: byte)
        place += 1
    }
    room[place] = 0
    return text.utf8.count
}

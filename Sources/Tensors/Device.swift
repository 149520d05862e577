internal import CTorch

/// Where tensors lie and are worked on.
public enum Device: Hashable, Sendable, CustomStringConvertible {
    case cpu
    /// A CUDA device by its number.
    case cuda(Int)

    /// Reads `cpu`, `cuda` or `cuda:N`.
    ///
    /// - Throws: `.device` where the text names none, or one that is not there.
    public init(_ text: String) throws(TensorError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if text == "cpu" {
            self = .cpu
        } else if parts.first == "cuda", let index = parts.count == 1 ? 0 : parts.count == 2 ? Int(parts[1]) : nil {
            self = .cuda(index)
        } else {
            throw TensorError(.device, "`\(text)` is no device; devices are cpu, cuda and cuda:N")
        }
        try check()
    }

    /// - Throws: `.device` where the device is not there.
    public func check() throws(TensorError) {
        guard case .cuda(let index) = self else { return }
        let count = Int(ctorch_cuda_device_count())
        if count == 0 {
            throw TensorError(
                .device,
                "there is no CUDA device here, or this libtorch is a build for the CPU; take --device cpu, or build "
                    + "with LIBTORCH set to the torch folder of a CUDA environment")
        }
        guard (0..<count).contains(index) else {
            throw TensorError(.device, "there is no device cuda:\(index); there are cuda:0 to cuda:\(count - 1)")
        }
    }

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    var code: ctorch_device {
        switch self {
        case .cpu: -1
        case .cuda(let index): ctorch_device(index)
        }
    }

    init(_ code: ctorch_device) { self = code < 0 ? .cpu : .cuda(Int(code)) }
}

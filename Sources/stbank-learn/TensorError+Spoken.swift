import CommandFace
import Glibc
import Tensors

extension TensorError: SpokenError {
    package var kind: String { code.rawValue }

    package var exitStatus: Int32 {
        switch code {
        case .damaged: EX_DATAERR
        case .device: EX_USAGE
        case .operands, .memory, .system: EXIT_FAILURE
        }
    }
}

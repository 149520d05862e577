internal import Tensors

/// Frames (B, L, C, H, W) folded into (B, L, p²·C, H/p, W/p); the channel is (dy·p + dx)·C + c, so this is no pixel shuffle
/// where C > 1. MODELS 6; OpenSTL utils/predrnn_utils.py, `reshape_patch`.
struct FrameFolding {
    let side: Int

    func folded(_ frames: Tensor) throws(TensorError) -> Tensor {
        let shape = frames.shape
        let (rows, columns) = (shape[3] / side, shape[4] / side)
        let split = try frames.reshaped([shape[0], shape[1], shape[2], rows, side, columns, side])
        let channels = side * side * shape[2]
        return try split.permuted([0, 1, 4, 6, 2, 3, 5]).reshaped([shape[0], shape[1], channels, rows, columns])
    }

    func unfolded(_ pictures: Tensor) throws(TensorError) -> Tensor {
        let shape = pictures.shape
        let channels = shape[2] / (side * side)
        let split = try pictures.reshaped([shape[0], shape[1], side, side, channels, shape[3], shape[4]])
        let (height, width) = (shape[3] * side, shape[4] * side)
        return try split.permuted([0, 1, 4, 5, 2, 6, 3]).reshaped([shape[0], shape[1], channels, height, width])
    }
}

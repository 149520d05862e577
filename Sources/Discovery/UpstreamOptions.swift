internal import CausalAugmentation
internal import DataBank
internal import FoundationEssentials
internal import Networks
internal import SpaceTime
internal import Tensors

/// The size of an upstream network; what is nil has a default that trains in minutes on two cores.
package struct UpstreamOptions: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case vit, swin
    }

    package var kind: Kind
    /// D.
    package var width: Int?
    /// Blocks: one number for `vit`, one a stage for `swin`.
    package var depths: [Int]?
    package var heads: [Int]?
    /// Of `swin`: side of a window in tokens.
    package var window: Int?
    /// Of `swin`: side of a token in pixels; half the patch where nil.
    package var token: Int?
    package var maskRatio = 0.0
    package var dropout = 0.0

    package init(_ kind: Kind) { self.kind = kind }
}

/// An upstream network's form, made to fit a grid of patches, and how to build it.
struct UpstreamForm {
    /// Canonical JSON under the reference's names, for `NetworkCatalogue`.
    let settings: String
    let kind: UpstreamOptions.Kind
    let grid: PatchGrid
    /// Side of a token of the finest stage, in pixels.
    let token: Int
    let frame: FrameSize
    let padded: FrameSize

    /// The lengths and channels of what goes in and comes out.
    struct Frames {
        var inputs: Int
        var outputs: Int
        var channels: Int
    }

    /// - Throws: `.usage` where the options make no network for this grid.
    init(_ options: UpstreamOptions, _ grid: PatchGrid, _ frames: Frames, _ layout: TokenLayout) throws {
        self.grid = grid
        kind = options.kind
        frame = FrameSize(grid.fieldRows, grid.fieldColumns)
        do {
            switch options.kind {
            case .vit:
                token = grid.side
                padded = FrameSize(grid.rows * grid.side, grid.columns * grid.side)
                settings = try UpstreamForm.text(UpstreamForm.vit(options, padded, token, frames, layout))
            case .swin:
                token = options.token ?? max(1, grid.side / 2)
                let form = try UpstreamForm.swin(options, grid, token, frames, layout)
                padded = form.imageSize
                settings = try UpstreamForm.text(form)
            }
            // Wrong settings are told now, not after the data have been read.
            _ = try network(on: .cpu)
        } catch let error as TensorError {
            throw BankError(.usage, error.message)
        }
    }

    private static func text(_ form: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(form), as: UTF8.self)
    }

    private static func vit(
        _ options: UpstreamOptions, _ padded: FrameSize, _ token: Int, _ frames: Frames, _ layout: TokenLayout
    ) throws -> ViTConfiguration {
        let (depths, heads) = (options.depths ?? [12], options.heads ?? [4])
        guard depths.count == 1, heads.count == 1 else {
            throw BankError(.usage, "a vit has one --depth and one --heads, not a list")
        }
        var form = ViTConfiguration(
            imageSize: padded, patchSize: token, inFrames: frames.inputs, outFrames: frames.outputs,
            channels: frames.channels, width: options.width ?? 128, depth: depths[0], heads: heads[0])
        form.layout = layout
        (form.maskRatio, form.dropRatio) = (options.maskRatio, options.dropout)
        return form
    }

    /// The smallest padded frame whose token grids all stages can cut into windows.
    private static func swin(
        _ options: UpstreamOptions, _ grid: PatchGrid, _ token: Int, _ frames: Frames, _ layout: TokenLayout
    ) throws -> SwinConfiguration {
        guard token > 0, grid.side % token == 0 else {
            throw BankError(
                .usage, "tokens of \(token) do not divide patches of \(grid.side) pixels; choose another --token")
        }
        let depths = options.depths ?? [2, 2, 6, 2]
        let width = options.width ?? 48
        let heads = options.heads ?? depths.indices.map { max(1, (width << $0) / 16) }
        var refusal = TensorError(.operands, "no padding makes this swin fit")
        let sides = (0..<64).flatMap { down in (0..<64).map { (down, $0) } }
            .sorted { ($0.0 + $0.1, $0.0) < ($1.0 + $1.1, $1.0) }
        for (down, right) in sides {
            let padded = FrameSize((grid.rows + down) * grid.side, (grid.columns + right) * grid.side)
            var form = SwinConfiguration(
                imageSize: padded, patchSize: token, inFrames: frames.inputs, outFrames: frames.outputs,
                channels: frames.channels, width: width, depths: depths, heads: heads, windowSize: options.window ?? 4)
            form.layout = layout
            (form.maskRatio, form.dropRate) = (options.maskRatio, options.dropout)
            do {
                try form.check()
                return form
            } catch {
                if (down, right) == (0, 0) { refusal = error }
            }
        }
        throw refusal
    }

    /// The network with initial values from libtorch's generator.
    func network(on device: Device) throws -> any AttentionSource {
        let built = try NetworkCatalogue.network(kind.rawValue, settings: Data(settings.utf8), on: device)
        guard let source = built as? any AttentionSource else {
            preconditionFailure("\(kind.rawValue) gives no attention")
        }
        return frame == padded ? source : Padded(source, from: frame, to: padded)
    }
}

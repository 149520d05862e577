internal import CausalAugmentation
internal import SpaceTime

/// Group `distrixplorer`: candidates, weights and mixed patches, all random choices given.
enum MixingParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let x = try group.array("x").checked(axes: 4)
        let layout = try self.layout(x, side: try group.integer("p"))
        let (frames, count) = (x.shape[0], layout.grid.count)
        let causal = try group.array("env_mask").checked(shape: [frames, count]).values.map { $0 == 0 }
        let importance = try group.array("importance").checked(shape: [frames, count]).values
        let map = try CausalMap(layout.grid, importance: importance, isCausal: causal)
        let explorer = try self.explorer(group)
        let candidates = (0..<(frames * count)).flatMap { place in
            flags(map.candidates[place], around: place % count, layout.grid)
        }
        try comparison.equal("candidates", candidates, in: group)
        let weights = (0..<frames).flatMap { frame in
            let first = explorer.time.first(frame)
            return [Double](repeating: 0, count: first) + explorer.time.weights(frame)
                + [Double](repeating: 0, count: frames - 1 - frame)
        }
        try comparison.near("time_weight", weights, in: group)
        let draw = try self.draw(group, frames: frames, layout.grid)
        let changed = try self.changed(x, draw, Scene.Parts(layout, map), explorer)
        try compareFields(changed, x, draw, layout, group, &comparison)
    }

    /// The field of an array `[T][C][H][W]`.
    static func layout(_ x: GoldenArray, side: Int) throws -> PatchLayout {
        let field = Field(name: "x", element: x.element, channels: x.shape[1], rows: x.shape[2], columns: x.shape[3])
        return try PatchLayout(field, side: side)
    }

    private static func explorer(_ group: GoldenGroup) throws -> DistriXplorer {
        let kind: TemporalWeights.Kind
        switch try group.text("temporal") {
        case "geometric": kind = .geometric(kappa: try group.number("kappa"))
        case "gaussian": kind = .gaussian(tau: try group.number("tau"))
        case "none": kind = .none
        case let other: throw group.damaged("temporal `\(other)` is not known")
        }
        guard let spatial = DistriXplorer.Spatial(rawValue: try group.text("spatial")) else {
            throw group.damaged("spatial `\(try group.text("spatial"))` is not known")
        }
        let history = try group.integer("history")
        let time = try TemporalWeights(
            kind, history: history < 0 ? nil : history, isNormalised: try group.integer("normalise_time") != 0)
        return try DistriXplorer(spatial: spatial, time: time, eta: try group.number("eta"))
    }

    /// `selected [T][L]` and `include [T][L][L]`.
    private static func draw(_ group: GoldenGroup, frames: Int, _ grid: PatchGrid) throws -> CopyDraw {
        let count = grid.count
        let selected = try group.array("selected").checked(shape: [frames, count]).values
        let include = try group.array("include").checked(shape: [frames, count, count]).values
        var draw = CopyDraw(key: CopyKey(seed: 0, sample: 0, copy: 1))
        for place in selected.indices where selected[place] != 0 {
            let patch = place % count
            let row = include[(place * count)..<((place + 1) * count)].map { $0 != 0 }
            guard let neighbours = grid.neighbours(row, around: patch), !neighbours.isEmpty else {
                throw group.damaged(
                    "include of frame \(place / count), patch \(patch) is empty or names a patch far away")
            }
            draw.patches.append(PatchDraw(frame: place / count, patch: patch, neighbours: neighbours))
        }
        return draw
    }

    /// The frames with a copy's patches put in.
    static func changed(
        _ x: GoldenArray, _ draw: CopyDraw, _ parts: Scene.Parts, _ explorer: DistriXplorer
    ) throws -> [UInt8] {
        var changed = x.bytes
        try x.bytes.withUnsafeBytes { bytes in
            let window = FrameWindow(bytes, frameByteCount: parts.layout.field.frameByteCount)
            let scene = try Scene(parts.layout, window, parts.map)
            let maker = try EnvironmentMaker(seed: 0, selection: WholeSelection(), explorer: explorer)
            let values = try maker.values([draw], of: scene, MixingScratch())
            let copy = EnvironmentCopy(draw: draw, values: values[...])
            changed.withUnsafeMutableBytes { copy.paste(parts.layout, into: $0) }
        }
        return changed
    }

    /// Changed patches near the expected ones (equal for integers), all else equal to the bit.
    private static func compareFields(
        _ found: [UInt8], _ x: GoldenArray, _ draw: CopyDraw, _ layout: PatchLayout, _ group: GoldenGroup,
        _ comparison: inout Comparison
    ) throws {
        let y = try group.array("y").checked(shape: x.shape)
        let touched = touched(draw, x.shape, layout.grid)
        var differing = 0.0
        let width = y.element.byteCount
        for place in touched.indices where !touched[place] {
            let bytes = (place * width)..<((place + 1) * width)
            if found[bytes] != y.bytes[bytes] { differing += 1 }
        }
        comparison.note("y outside patches (bits)", [differing], [0], tolerance: 0)
        let values = GoldenArray.values(found, y.element)
        let tolerance = y.element.isFloatingPoint ? (y.isSingle ? 1e-5 : 1e-12) : 0
        comparison.note("y", values, y.values, tolerance: tolerance)
    }

    static func touched(_ draw: CopyDraw, _ shape: [Int], _ grid: PatchGrid) -> [Bool] {
        let places = Set(draw.patches.map { Int($0.frame) * grid.count + Int($0.patch) })
        let (plane, columns) = (shape[2] * shape[3], shape[3])
        return (0..<shape.reduce(1, *)).map { element in
            let place = element % plane
            let patch = place / columns / grid.side * grid.columns + place % columns / grid.side
            return places.contains(element / (plane * shape[1]) * grid.count + patch)
        }
    }

    /// A set of neighbours as flags of all patches.
    static func flags(_ neighbours: Neighbours, around patch: Int, _ grid: PatchGrid) -> [Double] {
        var flags = [Double](repeating: 0, count: grid.count)
        for neighbour in grid.patches(neighbours, around: patch) { flags[neighbour] = 1 }
        return flags
    }
}

extension Scene {
    /// What a scene needs beside its frames.
    struct Parts {
        let layout: PatchLayout
        let map: CausalMap

        init(_ layout: PatchLayout, _ map: CausalMap) {
            self.layout = layout
            self.map = map
        }
    }
}

extension PatchGrid {
    /// Flags of all patches as a set of neighbours; nil where a flagged patch is none.
    func neighbours(_ flags: [Bool], around patch: Int) -> Neighbours? {
        var found = Neighbours()
        for place in neighbours[patch] where flags[self.patch(place, around: patch)] { found.insert(place) }
        return found.count == flags.count(where: { $0 }) ? found : nil
    }
}

internal import CausalAugmentation
internal import SpaceTime

/// Group `released_code`: what the authors' script makes, equal to the bit.
enum ReleasedCodeParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let x = try group.array("x").checked(axes: 3)
        let attention = try ImportanceParity.blocks(try group.array("attention").checked(axes: 4), group)[0]
        guard let cast = ReleasedCode.Cast(rawValue: try group.text("cast")) else {
            throw group.damaged("cast `\(try group.text("cast"))` is not known")
        }
        let field = Field(name: "x", element: x.element, rows: x.shape[1], columns: x.shape[2])
        let layout = try PatchLayout(field, side: try group.integer("p"))
        let front = try group.integer("front")
        guard (0...x.shape[0]).contains(front), attention.tokens == layout.grid.count else {
            throw group.damaged("\(front) input frames or \(attention.tokens) tokens do not fit x of shape \(x.shape)")
        }
        let picked = ReleasedCode.picked(attention)
        try comparison.equal("picked", picked.map { Double($0) }, in: group)
        var changed = x.bytes
        changed.withUnsafeMutableBytes { bytes in
            let input = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<(front * field.frameByteCount)])
            ReleasedCode(cast: cast).apply(layout, picked: picked, to: input)
        }
        let y = try group.array("y").checked(shape: x.shape)
        comparison.note("y", GoldenArray.values(changed, x.element), y.values, tolerance: 0)
        comparison.note("y (bits)", [changed == y.bytes ? 0 : 1], [0], tolerance: 0)
    }
}

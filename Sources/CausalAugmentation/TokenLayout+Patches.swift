package import SpaceTime

extension TokenLayout {
    /// Frames F that scores are given for: T, or 1 where one map holds for all.
    package func frames(of length: Int) -> Int { self == .stacked ? 1 : length }

    /// Patches L of a frame, from the tokens of a map.
    ///
    /// - Throws: `.damaged` where the maps do not fit the layout and length.
    package func patches(maps: Int, tokens: Int, frames length: Int) throws(AugmentationError) -> Int {
        let expected = self == .frame ? length : 1
        guard maps == expected, self != .joint || tokens % length == 0 else {
            throw AugmentationError(
                .damaged,
                "\(maps) attention maps of \(tokens) tokens do not fit layout `\(rawValue)` with \(length) frames")
        }
        return self == .joint ? tokens / length : tokens
    }
}

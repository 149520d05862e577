internal import DataBank
package import Streaming

extension EnvironmentSet {
    /// Where each patch of a stored copy comes from: what stands on disk, and every draw and weight behind it, derived anew.
    ///
    /// - Parameters:
    ///   - copy: from 1.
    ///   - window: of the set's own plan.
    /// - Throws: `.usage` where there is no such copy, `.damaged` where patches are stored that the recipe does not draw.
    package func lineage(ofCopy copy: Int, of window: WindowPlace, _ scratch: SceneScratch) throws -> [PatchLineage] {
        guard (1..<(copies + 1)).contains(copy) else {
            throw BankError(.usage, "copy \(copy): \(name) has copies 1 to \(copies)")
        }
        let stored = try self.copy(copy, of: window, scratch.values)
        return try scenes.withScene(window, scratch) { scene in
            let draw = scenes.maker.draws(scene.map, frames: scenes.frames, sample: window.key)[copy - 1]
            guard draw.patches == stored.draw.patches else {
                throw BankError(
                    .damaged,
                    "copy \(copy) of \(scenes.name(window)) is not what its recipe draws; `stbank replay --check` tells "
                        + "which patches differ", path: path(of: window))
            }
            return try scenes.maker.lineage(of: draw, in: scene)
        }
    }
}

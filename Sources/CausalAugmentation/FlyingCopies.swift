package import DataBank
package import SpaceTime
package import Streaming

/// Copies made when a batch is filled: the bytes that `stbank augment` would have stored.
package struct FlyingCopies: EnvironmentSource {
    private let scenes: WindowScenes

    package init(_ scenes: WindowScenes) { self.scenes = scenes }

    package var copies: Int { scenes.maker.copies }

    package var identity: JSONValue {
        var members = scenes.recipe.settings(frames: scenes.frames).mapValues { JSONValue.text($0) }
        members["importance"] = .text(scenes.importance.digest.description)
        members["seed"] = .text(String(scenes.recipe.seed))
        return .object(members)
    }

    package func copies(
        of window: WindowPlace, frames: [Range<Int>], original: UnsafeRawBufferPointer, _ scratch: FillScratch
    ) throws(BankError) -> any WindowCopies {
        let own = SceneScratch.beside(scratch)
        let scene = try scenes.scene(window, bytes: original, scenes.map(of: window, own), own)
        return try bankErrors {
            PastedCopies(scenes.layout, try scenes.maker.copies(of: scene, sample: window.key, own.mixing))
        }
    }
}

/// A window's copies as patches that are pasted frame by frame.
struct PastedCopies: WindowCopies {
    private let layout: PatchLayout
    private let copies: [EnvironmentCopy]
    /// For each copy, where each frame's patches begin; one more at the end.
    private let starts: [[Int]]

    init(_ layout: PatchLayout, _ copies: [EnvironmentCopy]) {
        self.layout = layout
        self.copies = copies
        starts = copies.map { copy in
            var starts = [0]
            for (index, patch) in copy.draw.patches.enumerated() {
                while starts.count <= Int(patch.frame) { starts.append(index) }
            }
            return starts + [copy.draw.patches.count]
        }
    }

    private func patches(_ copy: Int, _ frame: Int) -> Range<Int> {
        let own = starts[copy - 1]
        return frame + 1 < own.count ? own[frame]..<own[frame + 1] : 0..<0
    }

    func changes(copy: Int, frame: Int) -> Bool { !patches(copy, frame).isEmpty }

    func paste(copy number: Int, frame: Int, over bytes: UnsafeMutableRawPointer) {
        let (copy, size) = (copies[number - 1], layout.patchByteCount)
        copy.values.withUnsafeBytes { values in
            for index in patches(number, frame) {
                let own = UnsafeRawBufferPointer(rebasing: values[(index * size)..<((index + 1) * size)])
                layout.paste(own, at: Int(copy.draw.patches[index].patch), into: bytes)
            }
        }
    }
}

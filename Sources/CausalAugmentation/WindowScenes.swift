package import DataBank
internal import SpaceTime
package import Streaming

/// The windows of a plan as they are seen when copies are made: frames from the data set, maps from the importance.
package final class WindowScenes: Sendable {
    package let source: BatchSource
    package let importance: ImportanceSet
    package let recipe: AugmentRecipe
    package let maker: EnvironmentMaker
    package let layout: PatchLayout
    /// IDs of the sequences, for lineage.
    private let ids: [String]

    /// T.
    package var frames: Int { source.plan.inputFrames }
    package var windowBytes: Int { frames * layout.field.frameByteCount }

    /// - Throws: `.usage` where plan, importance and recipe do not fit each other.
    package init(_ source: BatchSource, _ importance: ImportanceSet, _ recipe: AugmentRecipe) throws(BankError) {
        self.source = source
        self.importance = importance
        self.recipe = recipe
        let field = try source.copyField()
        (maker, layout) = try bankErrors {
            (try recipe.maker(frames: source.plan.inputFrames), try PatchLayout(field, side: importance.grid.side))
        }
        ids = try source.dataset.sequences().map(\.id)
        try checkFit()
    }

    private func checkFit() throws(BankError) {
        let (own, other) = (source.plan, importance.plan)
        guard importance.parent == source.digest else {
            throw BankError(.usage, "\(importance.name) is of another data set than \(source.name)")
        }
        guard own.split == .train else {
            throw BankError(.usage, "copies are made of training windows only; take split `train`")
        }
        guard own.inputField == other.inputField, own.crop == other.crop else {
            throw BankError(
                .usage,
                "\(importance.name) looked at field `\(other.inputField ?? "")` with another crop; take the same")
        }
        guard importance.layout == .frame || own.inputFrames == other.inputFrames else {
            throw BankError(
                .usage,
                "\(importance.name) is of windows of \(other.inputFrames ?? 0) input frames; take --input "
                    + "\(other.inputFrames ?? 0)")
        }
    }

    /// The name of a window: its sequence and first frame.
    package func name(_ window: WindowPlace) -> String { "\(ids[window.sequence])@\(window.firstFrame)" }

    /// The window that a text names: its number in the plan, or sequence@first frame.
    ///
    /// - Throws: `.usage` where it names none.
    package func window(named text: String) throws(BankError) -> WindowPlace {
        if let number = Int(text) {
            guard (0..<source.windowCount).contains(number) else {
                throw BankError(.usage, "sample \(number): there are samples 0 to \(source.windowCount - 1)")
            }
            return source.window(number)
        }
        guard let mark = text.lastIndex(of: "@"), let frame = Int(text[text.index(after: mark)...]),
            let sequence = ids.firstIndex(of: String(text[..<mark])),
            let window = source.window(ofSequence: sequence, firstFrame: frame)
        else {
            throw BankError(
                .usage,
                "`\(text)` names no sample; give a number from 0 to \(source.windowCount - 1), or a sequence and the window's "
                    + "first frame, such as \(name(source.window(0)))")
        }
        return window
    }

    package func map(of window: WindowPlace, _ scratch: SceneScratch) throws(BankError) -> CausalMap {
        try importance.map(
            sequence: window.sequence, frames: source.inputFrames(ofWindow: window.number), scratch.fill)
    }

    /// Reads a window's frames and map.
    func scene(_ window: WindowPlace, _ room: RawRoom, _ scratch: SceneScratch) throws(BankError) -> Scene {
        let bytes = room.room(windowBytes)
        try source.copyInputs(of: window, into: bytes, scratch.fill)
        return try scene(window, bytes: UnsafeRawBufferPointer(bytes), map(of: window, scratch), scratch)
    }

    func scene(
        _ window: WindowPlace, bytes: UnsafeRawBufferPointer, _ map: CausalMap, _ scratch: SceneScratch
    ) throws(BankError) -> Scene {
        let donors = recipe.explorer == .swap ? OtherWindows(self, of: window, scratch) : nil
        return try bankErrors {
            try Scene(
                layout, FrameWindow(bytes, frameByteCount: layout.field.frameByteCount), map, donors: donors)
        }
    }

    /// Calls `body` with a window's scene, lent for the call.
    package func withScene<Result>(
        _ window: WindowPlace, _ scratch: SceneScratch, _ body: (Scene) throws -> Result
    ) throws -> Result {
        try body(scene(window, scratch.window, scratch))
    }
}

/// The windows of other sequences, in plan order.
///
/// `@unchecked Sendable`: it and its scratch stay on the thread that makes the window's copies.
private final class OtherWindows: Donors, @unchecked Sendable {
    private let scenes: WindowScenes
    private let own: Range<Int>
    private let scratch: SceneScratch

    init(_ scenes: WindowScenes, of window: WindowPlace, _ scratch: SceneScratch) {
        self.scenes = scenes
        own = scenes.source.windows(ofSequence: window.sequence)
        self.scratch = scratch
    }

    var count: Int { scenes.source.windowCount - own.count }

    private func window(_ number: Int) -> WindowPlace {
        scenes.source.window(number < own.lowerBound ? number : number + own.count)
    }

    func name(_ number: Int) -> String { scenes.name(window(number)) }

    func withDonor<R>(_ number: Int, _ body: (FrameWindow, CausalMap) throws -> R) throws -> R {
        let window = window(number)
        let bytes = scratch.donor.room(scenes.windowBytes)
        try scenes.source.copyInputs(of: window, into: bytes, scratch.fill)
        let frames = FrameWindow(
            UnsafeRawBufferPointer(bytes), frameByteCount: scenes.layout.field.frameByteCount)
        return try body(frames, scenes.map(of: window, scratch))
    }
}

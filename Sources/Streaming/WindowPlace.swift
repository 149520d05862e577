/// One window of a plan: which one it is and where it begins.
package struct WindowPlace: Hashable, Sendable {
    /// In the plan.
    package var number: Int
    /// Position in the data set's table.
    package var sequence: Int
    /// Of the sequence.
    package var firstFrame: Int
    /// METHOD.md 4.5.
    package var key: UInt64
}

extension BatchSource {
    package func window(_ number: Int) -> WindowPlace { windows.window(number) }

    /// The window that begins with a frame of a sequence; nil where none does.
    package func window(ofSequence sequence: Int, firstFrame: Int) -> WindowPlace? {
        windows.window(ofSequence: sequence, firstFrame: firstFrame).map { windows.window($0) }
    }

    /// The numbers of a sequence's windows.
    package func windows(ofSequence sequence: Int) -> Range<Int> { windows.windows(ofSequence: sequence) }

    /// The ranges of the sequence's frames that are a window's input.
    package func inputFrames(ofWindow number: Int) -> [Range<Int>] {
        frameRanges(0..<plan.inputFrames, ofWindow: number)
    }

    /// The ranges of the sequence's frames that make up some of a window's.
    package func frameRanges(_ frames: Range<Int>, ofWindow number: Int) -> [Range<Int>] {
        var result: [Range<Int>] = []
        // The closure never throws.
        try? windows.frames(ofWindow: number, frames) { result.append($0) }
        return result
    }
}

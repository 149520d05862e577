package import DataBank
package import SpaceTime
package import Streaming

/// The copies of an environments data set, for a stream whose windows are among those it holds.
package struct StoredCopies: EnvironmentSource {
    private let environments: EnvironmentSet
    /// The stream's plan has the very windows of the environments.
    private let isSamePlan: Bool

    /// - Throws: `.usage` naming the nearest plan that would do.
    package init(_ environments: EnvironmentSet, for stream: BatchSource) throws(BankError) {
        self.environments = environments
        let held = environments.scenes.source
        guard held.digest == stream.digest else {
            throw BankError(.usage, "\(environments.name) holds copies of #\(held.digest.short), not of \(stream.name)")
        }
        isSamePlan = held.plan.hasWindows(of: stream.plan)
        guard held.plan.hasInputs(of: stream.plan), isSamePlan || Self.holds(held, all: stream) else {
            throw BankError(
                .usage,
                "\(environments.name) holds copies of other windows. The nearest plan that it serves: \(held.plan.words)"
            )
        }
    }

    private static func holds(_ held: BatchSource, all stream: BatchSource) -> Bool {
        (0..<stream.windowCount).allSatisfy { number in
            let window = stream.window(number)
            guard let own = held.window(ofSequence: window.sequence, firstFrame: window.firstFrame) else {
                return false
            }
            return held.inputFrames(ofWindow: own.number) == stream.inputFrames(ofWindow: number)
        }
    }

    package var copies: Int { environments.copies }

    package var identity: JSONValue { .text(environments.digest.description) }

    package func copies(
        of window: WindowPlace, frames: [Range<Int>], original: UnsafeRawBufferPointer, _ scratch: FillScratch
    ) throws(BankError) -> any WindowCopies {
        var own = window
        if !isSamePlan {
            guard
                let held = environments.scenes.source.window(
                    ofSequence: window.sequence, firstFrame: window.firstFrame)
            else {
                throw BankError(.usage, "\(environments.name) has no copies of \(environments.scenes.name(window))")
            }
            own = held
        }
        let room = SceneScratch.beside(scratch).donor
        var all: [EnvironmentCopy] = []
        for number in 1..<(copies + 1) { all.append(try environments.copy(number, of: own, room)) }
        return PastedCopies(environments.scenes.layout, all)
    }
}

extension BatchPlan {
    /// Whether input frames are cut out alike.
    fileprivate func hasInputs(of other: BatchPlan) -> Bool {
        (inputField, split, inputFrames) == (other.inputField, other.split, other.inputFrames) && crop == other.crop
            && resize == other.resize
    }

    /// Whether all windows are the same.
    fileprivate func hasWindows(of other: BatchPlan) -> Bool {
        hasInputs(of: other)
            && (targetFrames, stride, crossGaps, keepMissing, targetField)
                == (other.targetFrames, other.stride, other.crossGaps, other.keepMissing, other.targetField)
    }

    /// As options of the command line.
    var words: String {
        var words =
            "--field \(inputField) --split \(split.rawValue) --input \(inputFrames) --target \(targetFrames) --stride \(stride)"
        if let crop {
            words += " --crop \(crop.rows)x\(crop.columns)"
            if case .fixed(let row, let column) = crop.place { words += "@\(row),\(column)" }
        }
        if targetField != inputField { words += " --target-field \(targetField)" }
        return words + (crossGaps ? " --cross-gaps" : "") + (keepMissing ? " --keep-missing" : "")
    }
}

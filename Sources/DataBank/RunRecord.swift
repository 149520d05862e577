package import SpaceTime

/// What a training run is and how it went: `runs/<id>/run.json`, sealed by its own checksum.
package struct RunRecord: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        /// Under way, or ended without a word: the next start goes on from the last checkpoint.
        case running
        /// Stopped by the user, with a checkpoint.
        case interrupted
        case done
    }

    /// A data set that was trained on.
    package struct Source: Hashable, Sendable, Codable {
        /// As it was named, pinned.
        package var id: String
        package var digest: Digest

        package init(id: String, digest: Digest) {
            self.id = id
            self.digest = digest
        }
    }

    package static let currentFormat = "stbank-run-1"

    package var format = RunRecord.currentFormat
    package var id: String
    package var verb: String
    package var state: State
    package var datasets: [Source]
    /// All that decides the result, to the last bit: plan, network, training, seed, threads, device, libtorch. Canonical JSON.
    package var settings: String
    package var making: Record.Making
    /// Where the run stands, or what came of it.
    package var epochs: [Record.Learning.Epoch] = []
    package var steps = 0
    /// The epoch whose weights were kept; nil before the first has ended.
    package var best: Int?
    /// The final weights, in `objects/`; nil before the end.
    package var weights: Record.Attachment?

    package init(
        id: String, verb: String, datasets: [Source], settings: String, making: Record.Making, state: State = .running
    ) {
        self.id = id
        self.verb = verb
        self.datasets = datasets
        self.settings = settings
        self.making = making
        self.state = state
    }
}

extension RunRecord {
    package func text() throws -> String { SealedText.seal(try CanonicalCoding.text(of: self)) }

    /// - Throws: `.damaged` where the text is not what was written, `.usage` where a newer stbank wrote it.
    package init(checking text: String, path: String) throws(BankError) {
        let body = try SealedText.open(text, name: "the run's record", path: path)
        do {
            self = try CanonicalCoding.value(RunRecord.self, from: body)
        } catch {
            throw BankError(.damaged, "the run's record cannot be understood: \(error)", path: path)
        }
        guard format == RunRecord.currentFormat else {
            throw BankError(.usage, "the run's format is `\(format)`; a newer stbank can read it", path: path)
        }
    }
}

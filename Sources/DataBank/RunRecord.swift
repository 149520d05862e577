internal import FoundationEssentials
package import SpaceTime

/// What a training run is and how it went: `runs/<id>/run.json`, sealed by its own checksum.
package struct RunRecord: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        /// Under way, or ended without a word: the next start goes on from the last checkpoint.
        case running
        /// Stopped by the user, with a checkpoint.
        case interrupted
        case done
        /// Ended by an error; the last checkpoint is kept.
        case failed
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
    /// Weights of the best epoch, in `objects/`; nil before the end.
    package var weights: Record.Attachment?
    /// Weights of the last epoch.
    package var last: Record.Attachment?
    /// Numbers of people's interest, such as seconds and samples a second.
    package var figures: [String: Double]?
    /// What weights the training began with; nil where all were drawn.
    package var transfer: Transfer?
    /// Why it failed.
    package var failure: String?

    /// Weights taken from another network, by name and shape.
    package struct Transfer: Hashable, Sendable, Codable {
        /// A run or a data set, pinned, or a file.
        package var source: String
        package var copied: [String]
        /// Of another shape here.
        package var skipped: [String]
        /// Of the network, but not in the source.
        package var missing: [String]
        /// In the source, but not of the network.
        package var unused: [String]

        package init(source: String, copied: [String], skipped: [String], missing: [String], unused: [String]) {
            self.source = source
            self.copied = copied
            self.skipped = skipped
            self.missing = missing
            self.unused = unused
        }
    }

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
    /// Whether a training of that record goes on with this one's.
    func isContinued(by other: RunRecord) -> Bool {
        verb == other.verb && settings == other.settings && datasets.map(\.digest) == other.datasets.map(\.digest)
    }

    /// Names of settings that differ.
    func differences(from other: RunRecord) -> [String] {
        var names: [String] = []
        if datasets.map(\.digest) != other.datasets.map(\.digest) { names.append("data sets") }
        let (own, new) = (RunRecord.members(settings), RunRecord.members(other.settings))
        names += Set(own.keys).union(new.keys).sorted().filter { own[$0] != new[$0] }
        return names.isEmpty ? ["settings"] : names
    }

    private static func members(_ settings: String) -> [String: JSONValue] {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(settings.utf8)),
            case .object(let members) = value
        else { return [:] }
        return members
    }

    /// The run of an ID.
    ///
    /// - Throws: `.notFound` with what there is instead.
    package static func find(_ id: String, in bank: Bank) throws(BankError) -> RunRecord {
        let path = "\(bank.path)/runs/\(id)/run.json"
        let isName = !id.isEmpty && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        guard isName, let text = try Disk.text(of: path) else {
            let known = try Disk.names(in: bank.path + "/runs").sorted()
            let others = known.isEmpty ? "there are none" : "there are " + known.joined(separator: ", ")
            throw BankError(.notFound, "there is no run `\(id)`; \(others)", path: bank.path)
        }
        return try RunRecord(checking: text, path: path)
    }

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

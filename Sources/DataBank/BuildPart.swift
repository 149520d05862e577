/// One of several shares of a build that as many machines make: every `count`-th shard from shard `number - 1` on.
package struct BuildPart: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    package let number: Int
    package let count: Int

    /// - Parameter text: `2/8`; nil where it is none such.
    package init?(_ text: String) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1], (1...10_000).contains(count),
            (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    package var description: String { "\(number)/\(count)" }

    func holds(_ shard: Int) -> Bool { shard % count == number - 1 }
}

/// What came of a part.
package enum PartOutcome: Hashable, Sendable {
    /// Other parts are missing still; shards that this start made, those finished so far by all, and all there are.
    case waiting(made: Int, finished: Int, of: Int)
    /// It was the last one, or somebody published before.
    case published(IngestOutcome)
}

/// Where one replaced patch comes from: every draw and every weight that made it, derived from key and importance.
package struct PatchLineage: Hashable, Sendable {
    package struct Neighbour: Hashable, Sendable {
        package var patch: Int
        package var isCausal: Bool
        package var importance: Double
        /// v: included where below the patch's probability.
        package var coin: Double
        /// lambda; nil where the neighbour takes no part.
        package var share: Double?
    }

    package struct Time: Hashable, Sendable {
        package var frame: Int
        /// w.
        package var weight: Double
    }

    /// Content of another window that a patch received.
    package struct Donor: Hashable, Sendable {
        /// Among the windows of other sequences.
        package var number: Int
        package var name: String
        package var patch: Int
    }

    package var key: CopyKey
    package var frame: Int
    package var patch: Int
    package var selection: SelectionReason
    /// prob; nil where nothing is mixed.
    package var probability: Double?
    /// The candidates, ascending.
    package var neighbours: [Neighbour] = []
    /// The draw that chose one candidate where no coin fell below the probability.
    package var fallback: Double?
    package var times: [Time] = []
    /// What the patch's own value counts, 1 - eta.
    package var ownShare = 0.0
    package var donor: Donor?
}

package import SpaceTime

/// A data set and all that it was made from, back to the raw files.
package struct Ancestry: Sendable {
    package struct Member: Sendable {
        package var dataset: Dataset
        /// Pinned; `#9f3c21a` where no ref points to it.
        package var name: String
    }

    /// The data set itself, then its parents, each before its own; each once.
    package let members: [Member]

    /// - Throws: `.damaged` naming the manifest that is lost or changed.
    package init(of digest: Digest, in bank: Bank) throws(BankError) {
        var names: [Digest: String] = [:]
        for ref in try bank.refs() where names[ref.digest] == nil { names[ref.digest] = ref.pinned }
        var members: [Member] = []
        var known: Set<Digest> = []
        var ahead = [digest]
        while let next = ahead.popLast() {
            guard known.insert(next).inserted else { continue }
            let dataset = try Dataset(next, in: bank)
            members.append(Member(dataset: dataset, name: names[next] ?? "#\(next.short)"))
            ahead += dataset.identity.parents.reversed()
        }
        self.members = members
    }

    package subscript(_ digest: Digest) -> Member? { members.first { $0.dataset.digest == digest } }
}

package import SpaceTime

extension PatchLineage {
    /// The lineage as `stbank lineage --json` prints it: numbers with all their digits.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "copy": .integer(Int64(key.copy)), "attempt": .integer(Int64(key.attempt)),
            "frame": .integer(Int64(frame)), "patch": .integer(Int64(patch)), "rate": .real(selection.rate),
            "own_share": .real(ownShare),
            "neighbours": .array(neighbours.map(\.json)),
            "times": .array(
                times.map { .object(["frame": .integer(Int64($0.frame)), "weight": .real($0.weight)]) }),
        ]
        if let draw = selection.draw { members["draw"] = .real(draw) }
        if let probability { members["probability"] = .real(probability) }
        if let fallback { members["fallback"] = .real(fallback) }
        if let donor {
            members["donor"] = .object([
                "number": .integer(Int64(donor.number)), "window": .text(donor.name),
                "patch": .integer(Int64(donor.patch)),
            ])
        }
        return .object(members)
    }
}

extension PatchLineage.Neighbour {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "patch": .integer(Int64(patch)), "causal": .bool(isCausal), "importance": .real(importance),
            "coin": .real(coin),
        ]
        if let share { members["share"] = .real(share) }
        return .object(members)
    }
}

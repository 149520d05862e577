internal import SpaceTime

/// Builds shared by several machines.
extension Ingestion {
    /// Makes one part's shards; where all parts are finished then, publishes. Only for builds from other data sets.
    ///
    /// Parts may run at once and in any order, on machines that share the bank's folder; the data set is that of one `run`.
    package func run(_ part: BuildPart) throws -> PartOutcome {
        precondition(request.derivation != nil, "raw files are ingested by one machine")
        try SurveyCheck.check(survey)
        try Naming(bank: bank, request: request).checkBefore()
        let sources = try SourceHashing(survey.sources, in: bank, rehash: false)
        let key = try stagingKey(sources, nil)
        if let found = try knownBuild([]) {
            try Staging.discardAbandoned(bank, key: key)
            return .published(found)
        }
        try Naming(bank: bank, request: request).checkNew()
        let plan = try shardPlan(nil)
        let made = try makePart(part, of: plan, key, sources)
        if let found = try knownBuild([]) {
            try Staging.discardAbandoned(bank, key: key)
            return .published(found)
        }
        let finished = try Staging.finishedShards(ofBuild: key, shards: plan.shards.count, in: bank)
        guard finished.count == plan.shards.count else {
            return .waiting(made: made, finished: finished.count, of: plan.shards.count)
        }
        return .published(try run())
    }

    /// The number of shards that were made.
    private func makePart(
        _ part: BuildPart, of plan: ShardPlan, _ key: Digest, _ sources: SourceHashing
    ) throws -> Int {
        guard plan.shards.indices.contains(where: part.holds) else { return 0 }
        let staging = try Staging(bank, key: key, shards: plan.shards.count, part: part, report: report)
        let finished = try Staging.finishedShards(ofBuild: key, shards: plan.shards.count, in: bank)
        let own = plan.shards.indices.filter { part.holds($0) && !finished.contains($0) }
        try checkSpace(for: own.reduce(0) { $0 + bytes(of: plan.shards[$1]) })
        _ = try build(plan, own, in: staging, beside: sources)
        // The lock goes with it: whoever publishes takes the part over.
        withExtendedLifetime(staging) {}
        return own.count
    }
}

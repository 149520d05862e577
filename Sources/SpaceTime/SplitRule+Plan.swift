extension SplitRule {
    /// Divides the frames of a survey. The same survey and rule give the same plan on every machine.
    ///
    /// - `source`: the split that each sequence carries, training where it carries none. Where that gives training and
    ///   test but no validation, the last tenth of the training sequences (rounded down, at least one) becomes
    ///   validation: groups are taken whole, from the one that ends last in the survey, until the tenth is reached; one
    ///   group always stays in training.
    /// - `sequenceDates`: every sequence by its own time, as Earthformer does, whatever its group.
    /// - `frameDates`, `lastDays`, `time`: frame by frame, by the times of the first field. `lastDays` counts calendar
    ///   days back from the day of the latest frame, from midnight of the source's own clock. `time` cuts at the time
    ///   of frame number ⌊frames · share / 100⌋ in order of time, so that frames of equal time stay together.
    /// - `group`: see ``GroupDraw``.
    ///
    /// - Throws: `ReaderError` `.usage` where the rule cannot be used on this survey, `.damaged` where the ID of a part
    ///   is also that of a sequence.
    public func apply(to survey: Survey) throws(ReaderError) -> SplitPlan {
        let sequences = try segments(of: survey)
        var plan = SplitPlan(rule: self, sequences: sequences, emptySplits: [], warnings: [])
        try checkPartIDs(plan, survey)
        guard survey.sequences.contains(where: { $0.frameCount > 0 }) else { return plan }
        plan.emptySplits = intendedSplits.filter { plan.frameCount(of: $0) == 0 }
        plan.warnings = plan.emptySplits.map { warning(of: $0, survey) }
        return plan
    }

    private func segments(of survey: Survey) throws(ReaderError) -> [[SplitPlan.Segment]] {
        switch self {
        case .frameDates(let validation, let test):
            try requireClock(survey)
            try require(validation <= test, "the validation begins after the test")
            return FrameTimeCut(validationFrom: validation, testFrom: test).segments(of: survey)
        case .lastDays(let validation, let test):
            return try lastDays(validation, test, survey).segments(of: survey)
        case .time(let shares):
            try require(shares.areWhole, "the shares do not make 100")
            return FrameTimeCut(shares, of: survey).segments(of: survey)
        case .allTrain: return whole(survey.sequences.map { _ in .train }, survey)
        case .source: return whole(SourceSplits(survey).splits, survey)
        case .sequenceDates(let validation, let test): return whole(try dated(validation, test, survey), survey)
        case .group(let shares):
            try require(shares.areWhole, "the shares do not make 100")
            return whole(GroupDraw(shares, survey).splits, survey)
        case .groups(let validation, let test): return whole(try named(validation, test, survey), survey)
        }
    }

    /// Splits that the rule is meant to fill.
    private var intendedSplits: [Split] {
        switch self {
        case .allTrain: [.train]
        case .time(let shares), .group(let shares): Split.allCases.filter { shares.share(of: $0) > 0 }
        case .lastDays(let validation, let test):
            Split.allCases.filter { ($0 != .validation || validation > 0) && ($0 != .test || test > 0) }
        case .frameDates(let validation, let test), .sequenceDates(let validation, let test):
            Split.allCases.filter { $0 != .validation || validation < test }
        case .groups(let validation, let test):
            Split.allCases.filter { ($0 != .validation || !validation.isEmpty) && ($0 != .test || !test.isEmpty) }
        case .source: Split.allCases
        }
    }

    private func warning(of split: Split, _ survey: Survey) -> String {
        let groups = Set(survey.sequences.filter { $0.frameCount > 0 }.map(\.groupName)).count
        let rule = groups >= 3 ? SplitRule.group(.usual) : .time(.usual)
        let other = rule == self ? "" : "; --split \(rule) would fill all three"
        return "the rule `\(self)` leaves no frame for \(split.noun)\(other)"
    }

    private func checkPartIDs(_ plan: SplitPlan, _ survey: Survey) throws(ReaderError) {
        guard plan.sequences.contains(where: { $0.count > 1 }) else { return }
        let ids = Set(survey.sequences.map(\.id))
        for part in plan.parts(of: survey) where part.range.frames.lowerBound > 0 && ids.contains(part.id) {
            throw ReaderError(
                .damaged,
                "the part of a cut sequence would have the ID of the sequence `\(part.id)`; use another --split")
        }
    }

    private func whole(_ splits: [Split], _ survey: Survey) -> [[SplitPlan.Segment]] {
        zip(splits, survey.sequences).map { split, sequence in
            sequence.frameCount == 0 ? [] : [SplitPlan.Segment(frames: 0..<sequence.frameCount, split: split)]
        }
    }
}

extension SplitRule {
    func require(_ condition: Bool, _ fault: String) throws(ReaderError) {
        if !condition { throw ReaderError(.usage, "--split \(self): \(fault)") }
    }

    private func requireClock(_ survey: Survey) throws(ReaderError) {
        try require(
            survey.timeAxis.kind == .clock,
            "the frames are counted and have no dates; --split \(SplitRule.time(.usual)) divides by order")
    }

    private func lastDays(_ validation: Int, _ test: Int, _ survey: Survey) throws(ReaderError) -> FrameTimeCut {
        try requireClock(survey)
        let range = SplitRule.dayRange
        try require(range.contains(validation) && range.contains(test), "days run from 0 to \(range.upperBound)")
        guard let last = survey.sequences.compactMap(\.times[0].latest).max() else { return .allTrain }
        let day = SplitDate.secondsPerDay
        let end = SplitDate(seconds: last).midnight.addingReportingOverflow(day)
        try require(!end.overflow && end.partialValue > Int64.min / 2, "the times are no dates")
        let testFrom = end.partialValue - Int64(test) * day
        return FrameTimeCut(validationFrom: testFrom - Int64(validation) * day, testFrom: testFrom)
    }

    private func dated(_ validation: Int64, _ test: Int64, _ survey: Survey) throws(ReaderError) -> [Split] {
        try require(validation <= test, "the validation begins after the test")
        if survey.sequences.contains(where: { $0.splitTime == nil }) { try requireClock(survey) }
        return survey.sequences.map { sequence in
            guard let time = sequence.splitTime ?? sequence.times[0].first, time > validation else { return .train }
            return time > test ? .test : .validation
        }
    }

    private func named(_ validation: [String], _ test: [String], _ survey: Survey) throws(ReaderError) -> [Split] {
        let known = Set(survey.sequences.map(\.groupName))
        // A format's own rule names all groups of the benchmark; a user's own word for a group must be right.
        if self != survey.splitRule, let unknown = (validation + test).first(where: { !known.contains($0) }) {
            let some = known.sorted().prefix(12).joined(separator: ", ")
            try require(false, "there is no group `\(unknown)`; there are \(known.count), such as \(some)")
        }
        let both = Set(validation).intersection(test).sorted()
        try require(both.isEmpty, "the group `\(both.first ?? "")` is named twice")
        let (forValidation, forTest) = (Set(validation), Set(test))
        return survey.sequences.map { sequence in
            if forTest.contains(sequence.groupName) { return .test }
            return forValidation.contains(sequence.groupName) ? .validation : .train
        }
    }
}

extension SplitRule.Shares {
    /// 80/10/10.
    static let usual = SplitRule.Shares(train: 80, validation: 10, test: 10)

    func share(of split: Split) -> Int {
        switch split {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}

extension Split {
    var noun: String { self == .train ? "training" : rawValue }
}

extension SequenceSurvey {
    /// What a split may not tear apart.
    var groupName: String { group ?? id }
}

import Draws
import Foundation
import SpaceTime
import Testing

/// A survey with nothing but sequences.
func survey(_ sequences: [SequenceSurvey], clock: Bool = true) -> Survey {
    Survey(
        format: "test", variant: "test", title: "", fields: [Field(name: "f", element: .uint8, rows: 1, columns: 1)],
        timeAxis: TimeAxis(kind: clock ? .clock : .counter), sequences: sequences, sources: [], splitRule: .source)
}

func sequence(
    _ id: String, start: Int64 = 0, step: Int64 = 1, frames: Int = 10, group: String? = nil, split: Split? = nil,
    splitTime: Int64? = nil
) -> SequenceSurvey {
    SequenceSurvey(
        id: id, times: [FrameTimes(start: start, step: step, count: frames)], group: group, split: split,
        splitTime: splitTime)
}

@Suite struct SplitPlanTests {
    private let day: Int64 = 86_400

    private func splits(_ rule: SplitRule, _ survey: Survey) throws -> [[Split]] {
        try rule.apply(to: survey).sequences.map { $0.map(\.split) }
    }

    @Test func theSourcesOwnSplitsAreKept() throws {
        let given: [Split?] = [.test, .validation, nil, .train]
        let survey = survey(given.indices.map { sequence("s\($0)", split: given[$0]) })
        #expect(try splits(.source, survey) == [[.test], [.validation], [.train], [.train]])
    }

    @Test func theLastTenthOfTrainingBecomesValidation() throws {
        let survey = survey((0..<40).map { sequence("s\($0)", split: $0 % 4 == 3 ? .test : .train) })
        let plan = try SplitRule.source.apply(to: survey)
        let validation = plan.sequences.indices.filter { plan.sequences[$0][0].split == .validation }
        #expect(validation == [36, 37, 38])
        #expect(plan.warnings.isEmpty)
    }

    @Test func theLastTenthIsAtLeastOneAndNeverAll() throws {
        let two = survey([sequence("a"), sequence("b"), sequence("c", split: .test)])
        #expect(try splits(.source, two) == [[.train], [.validation], [.test]])
        let one = survey([sequence("a"), sequence("c", split: .test)])
        let plan = try SplitRule.source.apply(to: one)
        #expect(plan.emptySplits == [.validation])
        #expect(
            plan.warnings == [
                "the rule `source` leaves no frame for validation; --split time:80/10/10 would fill all three"
            ])
    }

    @Test func theLastTenthTakesWholeGroups() throws {
        let groups = ["a", "b", "a", "c", "b", "b"]
        var sequences = groups.enumerated().map { sequence("s\($0)", group: $1, split: .train) }
        sequences.append(sequence("t", split: .test))
        let found = try splits(.source, survey(sequences)).map { $0[0] }
        #expect(found == [.train, .validation, .train, .train, .validation, .validation, .test])
        let oneGroup = survey((0..<5).map { sequence("s\($0)", group: "g", split: .train) } + [sequences[6]])
        #expect(try splits(.source, oneGroup).dropLast().allSatisfy { $0 == [.train] })
    }

    @Test func bordersOfSequenceDatesAreAsEarthformerHasThem() throws {
        let rule = SplitRule.sequenceDates(validationAfter: 100, testAfter: 200)
        let survey = survey([99, 100, 101, 200, 201].map { (time: Int64) in sequence("s\(time)", splitTime: time) })
        #expect(try splits(rule, survey) == [[.train], [.train], [.validation], [.validation], [.test]])
    }

    @Test func aSequenceWithoutItsOwnTimeGoesByItsFirstFrame() throws {
        let rule = SplitRule.sequenceDates(validationAfter: 100, testAfter: 200)
        #expect(try splits(rule, survey([sequence("a", start: 101, frames: 500)])) == [[.validation]])
        #expect(throws: ReaderError.self) { try rule.apply(to: survey([sequence("a")], clock: false)) }
    }

    @Test func datesDecideForEverySequenceWhateverItsGroup() throws {
        let rule = SplitRule.sequenceDates(validationAfter: 100, testAfter: 200)
        let survey = survey([300, 150, 201].enumerated().map { sequence("s\($0)", group: "storm", splitTime: $1) })
        #expect(try splits(rule, survey) == [[.test], [.validation], [.test]])
    }

    @Test func framesAreCutByDate() throws {
        let rule = SplitRule.frameDates(validationFrom: 30, testFrom: 50)
        let survey = survey([
            sequence("across", step: 10), sequence("before", frames: 3),
            sequence("edge", start: 30, step: 20, frames: 2),
            sequence("back", start: 60, step: -15, frames: 4),
        ])
        let plan = try rule.apply(to: survey)
        #expect(
            plan.sequences[0] == [
                .init(frames: 0..<3, split: .train), .init(frames: 3..<5, split: .validation),
                .init(frames: 5..<10, split: .test),
            ])
        #expect(plan.sequences[1] == [.init(frames: 0..<3, split: .train)])
        #expect(plan.sequences[2].map(\.split) == [.validation, .test])
        #expect(plan.sequences[3].map(\.split) == [.test, .validation, .train])
        let names = plan.parts(of: survey).map(\.id)
        #expect(names == ["across", "across+3", "across+5", "before", "edge", "edge+1", "back", "back+1", "back+3"])
    }

    @Test func partsMayNotTakeTheIDOfASequence() throws {
        let survey = survey([sequence("a"), sequence("a+5")])
        let error = try #require(
            throws: ReaderError.self,
            performing: { try SplitRule.frameDates(validationFrom: 5, testFrom: 5).apply(to: survey) })
        #expect(error.code == .damaged)
        #expect(error.message.contains("`a+5`"))
    }

    @Test func theLastDaysRunFromMidnightToMidnight() throws {
        // Half-hourly from 1970-01-03 06:00 to 1970-01-13 12:00; the last day is the 13th.
        let survey = survey([sequence("a", start: 2 * day + day / 4, step: 1800, frames: 10 * 48 + 13)])
        let segments = try SplitRule.lastDays(validation: 2, test: 3).apply(to: survey).sequences[0]
        // Training to the 9th 00:00: 36 slots of the 3rd and five days.
        #expect(segments.map(\.frames) == [0..<(36 + 5 * 48), 276..<(276 + 96), 372..<493])
        #expect(segments.map(\.split) == [.train, .validation, .test])
    }

    @Test func lastDaysLooksAtAllSequences() throws {
        let survey = survey([sequence("old", step: day, frames: 40), sequence("new", start: 100 * day, frames: 1)])
        let plan = try SplitRule.lastDays(validation: 28, test: 28).apply(to: survey)
        #expect(plan.sequences.map { $0.map(\.split) } == [[.train], [.test]])
        #expect(plan.emptySplits == [.validation])
        #expect(throws: ReaderError.self) {
            try SplitRule.lastDays(validation: 1, test: 1).apply(to: survey_counter)
        }
    }

    private var survey_counter: Survey { survey([sequence("a")], clock: false) }

    @Test func sharesOfTimeAreCutOverTheWholeSet() throws {
        let shares = SplitRule.Shares(train: 80, validation: 10, test: 10)
        let one = try SplitRule.time(shares).apply(to: survey([sequence("a", frames: 100)]))
        #expect(one.sequences[0].map(\.frames) == [0..<80, 80..<90, 90..<100])
        let apart = survey([sequence("late", start: 1000, frames: 20), sequence("early", frames: 80)])
        #expect(
            try SplitRule.time(shares).apply(to: apart).sequences.map { $0.map(\.frames) }
                == [[0..<10, 10..<20], [0..<80]])
    }

    @Test func framesOfOneTimeStayTogether() throws {
        let shares = SplitRule.Shares(train: 50, validation: 25, test: 25)
        let survey = survey((0..<7).map { sequence("s\($0)", frames: 4) }, clock: false)
        let plan = try SplitRule.time(shares).apply(to: survey)
        #expect(plan.sequences.allSatisfy { $0.map(\.frames) == [0..<2, 2..<3, 3..<4] })
        let still = try SplitRule.time(shares).apply(to: self.still)
        #expect(still.sequences.allSatisfy { $0.count == 1 })
        #expect(still.warnings.count == 2)
    }

    private var still: Survey { survey((0..<5).map { sequence("s\($0)", step: 0, frames: 3) }) }

    @Test(arguments: [1, 2, 3, 4, 5, 10, 57, 1000])
    func groupsAreDrawnWholeAndNoSplitIsEmpty(_ count: Int) throws {
        var draws = Draws(state: UInt64(count))
        let sequences = (0..<count * 3).map { index in
            sequence("s\(index)", frames: Int.random(in: 1...40, using: &draws), group: "g\(index % count)")
        }
        let rule = SplitRule.group(.init(train: 80, validation: 10, test: 10))
        let plan = try rule.apply(to: survey(sequences))
        let found = plan.sequences.map { $0[0].split }
        for index in sequences.indices { #expect(found[index] == found[index % count]) }
        let filled = Split.allCases.filter { plan.frameCount(of: $0) > 0 }
        #expect(filled == [[.train], [.train, .test], Split.allCases][min(count, 3) - 1])
        #expect(plan.warnings.count == 3 - filled.count)
        if count == 1000 {
            let share = Double(plan.frameCount(of: .train)) / Double(sequences.reduce(0) { $0 + $1.frameCount })
            #expect(abs(share - 0.8) < 0.01)
        }
        let shuffled = sequences.shuffled(using: &draws)
        let again = try rule.apply(to: survey(shuffled)).sequences.map { $0[0].split }
        let byID = Dictionary(uniqueKeysWithValues: zip(sequences.map(\.id), found))
        #expect(again == shuffled.map { byID[$0.id] })
    }

    @Test func splitsWithoutAShareStayEmptyWithoutAWarning() throws {
        let survey = survey((0..<9).map { sequence("s\($0)") })
        let plan = try SplitRule.group(.init(train: 70, validation: 0, test: 30)).apply(to: survey)
        #expect(plan.frameCount(of: .validation) == 0)
        #expect(plan.frameCount(of: .test) > 0)
        #expect(plan.warnings.isEmpty)
    }

    @Test func theDrawNeverChanges() throws {
        let survey = survey((1...25).map { sequence("person\($0)") })
        let plan = try SplitRule.group(.init(train: 60, validation: 20, test: 20)).apply(to: survey)
        let letters = plan.sequences.map { String($0[0].split.rawValue.prefix(2)) }
        #expect(letters.joined(separator: " ") == recordedDraw)
    }

    private let recordedDraw = "tr tr te tr tr tr va va te te tr tr tr tr te va tr va tr te tr tr tr va tr"

    @Test func groupsAreNamed() throws {
        let survey = survey(["a", "b", "c", "a"].enumerated().map { sequence("s\($0)", group: $1) })
        let rule = SplitRule.groups(validation: ["b"], test: ["c"])
        #expect(try splits(rule, survey) == [[.train], [.validation], [.test], [.train]])
        for wrong in [SplitRule.groups(validation: ["z"], test: []), .groups(validation: ["a"], test: ["a"])] {
            #expect(throws: ReaderError.self) { try wrong.apply(to: survey) }
        }
    }

    @Test func whereNoFrameIsForTrainingARuleIsProposed() throws {
        let survey = survey((0..<4).map { sequence("s\($0)", start: 1000) })
        let plan = try SplitRule.sequenceDates(validationAfter: 1, testAfter: 2).apply(to: survey)
        #expect(plan.emptySplits == [.train, .validation])
        #expect(plan.warnings[0].contains("leaves no frame for training; --split group:80/10/10 would"))
    }

    @Test(arguments: 0..<60)
    func everyFrameIsInOneSplitAndInOrder(_ seed: UInt64) throws {
        var draws = Draws(state: seed &* 977 &+ 3)
        let survey = randomSurvey(&draws)
        for rule in rules(&draws) {
            let plan = try rule.apply(to: survey)
            #expect(plan == (try rule.apply(to: survey)))
            let decoded = try JSONDecoder().decode(SplitPlan.self, from: JSONEncoder().encode(plan))
            #expect(decoded == plan)
            for (sequence, segments) in zip(survey.sequences, plan.sequences) {
                #expect(segments.flatMap { Array($0.frames) } == Array(0..<sequence.frameCount))
                #expect(segments.allSatisfy { !$0.frames.isEmpty })
                #expect(zip(segments, segments.dropFirst()).allSatisfy { $0.split != $1.split })
            }
            #expect(Split.allCases.reduce(0) { $0 + plan.frameCount(of: $1) } == survey.frameCount)
            let parts = plan.parts(of: survey)
            #expect(Set(parts.map(\.id)).count == parts.count)
        }
    }

    @Test(arguments: 0..<30)
    func cutsByTimeAgreeWithACountOfEachFrame(_ seed: UInt64) throws {
        var draws = Draws(state: seed &* 31 &+ 7)
        let survey = randomSurvey(&draws)
        let times = survey.sequences.flatMap { $0.times[0].values }.sorted()
        guard !times.isEmpty else { return }
        let plan = try SplitRule.time(.init(train: 70, validation: 20, test: 10)).apply(to: survey)
        let validation = times[times.count * 70 / 100]
        let test = times[times.count * 90 / 100]
        for (sequence, segments) in zip(survey.sequences, plan.sequences) {
            let values = sequence.times[0].values
            for segment in segments {
                for frame in segment.frames {
                    let expected: Split =
                        values[frame] < validation ? .train : values[frame] < test ? .validation : .test
                    #expect(segment.split == expected)
                }
            }
        }
    }

    private func randomSurvey(_ draws: inout Draws) -> Survey {
        let wide = Bool.random(using: &draws)
        return survey(
            (0..<Int.random(in: 1...12, using: &draws)).map { index in
                let count = Int.random(in: 0...30, using: &draws)
                let values = (0..<count).map { _ in
                    Int64.random(in: wide ? -3_000_000_000...3_000_000_000 : 0...20, using: &draws)
                }
                let times = FrameTimes(Bool.random(using: &draws) ? values.sorted() : values)
                return SequenceSurvey(
                    id: "s\(index)", times: [times],
                    group: Bool.random(using: &draws) ? "g\(Int.random(in: 0...3, using: &draws))" : nil,
                    split: [nil, .train, .test].randomElement(using: &draws) ?? nil)
            })
    }

    private func rules(_ draws: inout Draws) -> [SplitRule] {
        let train = Int.random(in: 0...100, using: &draws)
        let validation = Int.random(in: 0...(100 - train), using: &draws)
        let shares = SplitRule.Shares(train: train, validation: validation, test: 100 - train - validation)
        let date = Int64.random(in: -10...3_000_000, using: &draws)
        return [
            .source, .allTrain, .time(shares), .group(shares), .lastDays(validation: 3, test: 4),
            .frameDates(validationFrom: date, testFrom: date + 5),
            .sequenceDates(validationAfter: 3, testAfter: date + 13),
        ]
    }

    @Test func timesAtTheEdgeOf64BitsDoNotTrap() throws {
        let survey = survey([
            sequence("low", start: .min, step: 1, frames: 3), sequence("high", start: .max - 2, step: 1, frames: 3),
            sequence("wide", start: .min, step: .max, frames: 3),
        ])
        let plan = try SplitRule.time(.init(train: 50, validation: 25, test: 25)).apply(to: survey)
        #expect(plan.frameCount(of: .train) == 4)
        #expect(throws: ReaderError.self) { try SplitRule.lastDays(validation: 1, test: 1).apply(to: survey) }
        let bad = SplitRule.time(.init(train: 200, validation: -50, test: -50))
        #expect(throws: ReaderError.self) { try bad.apply(to: survey) }
    }
}

import Draws
import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct SelectionTests {
    private func selection(_ settings: [String: String]) throws -> Selection {
        try Selection(ReaderSettings(settings, options: Selection.options, format: "test"))
    }

    private func readAll(_ source: any SurveyedSource, frames: Int = 3) throws -> RainNetSink {
        let sink = RainNetSink(source.survey, frames: frames)
        let sequences = source.survey.sequences
        try source.read(
            sequences.indices.map { FrameRange(sequence: $0, frames: 0..<sequences[$0].frameCount) }, into: sink)
        #expect(sink.faults.isEmpty)
        return sink
    }

    private func failure(_ settings: [String: String], of source: SelectionTestSource) -> ReaderError? {
        do {
            _ = try selection(settings).applied(to: source)
            return nil
        } catch { return error as? ReaderError }
    }

    // MARK: The whole against a plain implementation

    @Test(arguments: 0..<60) func randomSelectionsEqualAPlainImplementation(_ seed: UInt64) throws {
        var random = Draws(state: seed &* 77)
        let source = SelectionTestSource.random(seed: seed)
        var plain = SelectionPlain()
        var settings: [String: String] = [:]
        if Bool.random(using: &random) {
            plain.stride = Int.random(in: 1...5, using: &random)
            settings["stride"] = "\(plain.stride)"
        }
        if Bool.random(using: &random) {
            plain.takesFirst = true
            settings["duplicates"] = "first"
        }
        if Bool.random(using: &random) {
            settings["time"] = "..1970-01-12T14:13:20"
            plain.last = 1_001_600
        }
        if Bool.random(using: &random) {
            plain.crop = [(2, 4, 4, 4), (1, 2, 2, 2)]
            settings["crop"] = "2:4:4x4"
        }
        if Bool.random(using: &random) {
            plain.size = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
            settings["size"] = plain.size.map { "\($0.rows)x\($0.columns)" }
        }
        guard let wanted = plain.apply(to: source) else {
            #expect(failure(settings, of: source)?.code == .usage)
            return
        }
        let selected = try selection(settings).applied(to: source)
        let sink = try readAll(selected, frames: Int.random(in: 1...6, using: &random))
        #expect(selected.survey.sequences.map(\.id) == wanted.map(\.id))
        for (index, sequence) in wanted.enumerated() {
            #expect(selected.survey.sequences[index].times[0].values == sequence.times)
            #expect(selected.survey.sequences[index].segments == sequence.segments)
            #expect(sink.parts[index].covariates == sequence.covariates)
            #expect(sink.parts[index].bytes == sequence.bytes, "seed \(seed), \(settings)")
        }
    }

    @Test(arguments: 0..<20) func partsOfASelectionJoinToTheWhole(_ seed: UInt64) throws {
        let source = SelectionTestSource.random(seed: seed)
        let selected = try selection(["stride": "2", "size": "3x3"]).applied(to: source)
        let whole = try readAll(selected)
        for (index, sequence) in selected.survey.sequences.enumerated() {
            let middle = sequence.frameCount / 3
            let sink = RainNetSink(selected.survey)
            let ranges = [0..<middle, middle..<sequence.frameCount, 0..<sequence.frameCount]
            try selected.read(ranges.map { FrameRange(sequence: index, frames: $0) }, into: sink)
            for field in 0..<2 {
                #expect(sink.parts[0].bytes[field] + sink.parts[1].bytes[field] == whole.parts[index].bytes[field])
                #expect(sink.parts[2].bytes[field] == whole.parts[index].bytes[field])
            }
            #expect(sink.parts.map(\.range.frames) == ranges)
        }
    }

    @Test(
        arguments: [
            [:], ["size": "native"], ["stride": "1"], ["duplicates": "keep"], ["time": ".."], ["time": "1969..2100"],
            ["crop": "0:0:6x8"],
        ] as [[String: String]])
    func aSelectionOfEverythingIsTheSourceItself(_ settings: [String: String]) throws {
        let source = SelectionTestSource.random(seed: 5)
        #expect(try selection(settings).applied(to: source) as? SelectionTestSource === source)
    }

    // MARK: Resizing

    /// Made with torch 2.13 `interpolate(mode: bilinear, align_corners: False)`, the same sampling as OpenCV's INTER_LINEAR.
    private static let picture: [Double] = [
        44.0, 239.0, 933.0, 760.0, 963.0, 379.0, 427.0, 503.0, 497.0,
        683.0, 101.0, 866.0, 756.0, 399.0, 878.0, 376.0, 56.0, 868.0,
        794.0, 33.0, 126.0, 119.0, 391.0, 254.0, 824.0, 841.0, 269.0,
        969.0, 549.0, 480.0, 481.0, 12.0, 363.0, 360.0, 995.0,
    ]
    private static let resized: [(rows: Int, columns: Int, values: [Double])] = [
        (
            3, 4,
            [
                245.0, 811.0, 881.875, 450.291667, 689.75, 157.5, 803.25, 91.125, 422.416667,
                390.0, 492.375, 740.083333,
            ]
        ),
        (
            8, 9,
            [
                44.0, 174.0, 547.444444, 894.555556, 760.0, 917.888889, 638.555556, 395.0, 427.0,
                244.8125, 316.1875, 561.541667, 745.416667, 471.6875, 820.8125, 711.326389, 500.875, 414.75,
                526.4375, 501.770833, 558.048611, 533.840278, 148.9375, 703.152778, 777.784722, 601.1875, 381.9375,
                760.8125, 529.479167, 341.868056, 335.576389, 628.3125, 774.680556, 506.743056, 243.0625, 211.3125,
                640.8125, 467.395833, 263.881944, 281.513889, 854.25, 818.8125, 418.722222, 200.979167, 389.4375,
                166.4375, 315.520833, 324.090278, 371.652778, 826.75, 835.548611, 513.722222, 474.9375, 916.3125,
                360.875, 414.333333, 414.673611, 378.479167, 367.25, 526.597222, 432.159722, 541.333333, 983.625,
                549.0, 503.0, 480.444444, 376.777778, 12.0, 285.0, 361.333333, 571.666667, 995.0,
            ]
        ),
        (
            2, 7,
            [
                388.25, 432.5, 745.5, 265.75, 890.25, 661.75, 406.0, 226.5, 413.25,
                310.75, 621.0, 721.5, 291.75, 975.5,
            ]
        ),
    ]

    private func oneFrame<Element>(_ values: [Element], _ field: Field) -> SelectionTestSource {
        let survey = Survey(
            format: "test", variant: "one", title: "One frame", fields: [field], timeAxis: TimeAxis(kind: .counter),
            sequences: [SequenceSurvey(id: "s", times: [FrameTimes(count: 1)])], sources: [], splitRule: .allTrain)
        return SelectionTestSource(survey, bytes: [[values.withUnsafeBytes { Array($0) }]], covariates: [[]])
    }

    @Test(arguments: 0..<3) func resizingSamplesAsOtherSoftwareDoes(_ number: Int) throws {
        let wanted = Self.resized[number]
        let source = oneFrame(Self.picture, Field(name: "a", element: .float64, rows: 5, columns: 7))
        let selected = try selection(["size": "\(wanted.rows)x\(wanted.columns)"]).applied(to: source)
        #expect(selected.survey.fields[0].rows == wanted.rows && selected.survey.fields[0].columns == wanted.columns)
        let values = try readAll(selected).values(Double.self)
        #expect(zip(values, wanted.values).allSatisfy { abs($0 - $1) < 1e-6 } && values.count == wanted.values.count)
    }

    @Test func integersAreRoundedHalfToEven() throws {
        let source = oneFrame([UInt8](arrayLiteral: 0, 1, 2, 3), Field(name: "a", element: .uint8, rows: 1, columns: 4))
        let values = try readAll(selection(["size": "1x2"]).applied(to: source)).values(UInt8.self)
        // 0.5 and 2.5
        #expect(values == [0, 2])
    }

    @Test func aCellWithAMissingContributorIsMissingAndOthersAreNot() throws {
        let field = Field(name: "a", element: .int16, rows: 1, columns: 6, missing: [.integer(-1), .integer(7)])
        let source = oneFrame([Int16](arrayLiteral: 10, 20, -1, 40, 7, 60), field)
        #expect(try readAll(selection(["size": "1x3"]).applied(to: source)).values(Int16.self) == [15, -1, 7])
        // Sample points on the centres: the neighbours have no weight.
        #expect(try readAll(selection(["size": "1x2"]).applied(to: source)).values(Int16.self) == [20, 7])
    }

    @Test func aBlendThatHitsTheMissingValueTakesTheNearestContributor() throws {
        let field = Field(name: "a", element: .uint8, rows: 1, columns: 2, missing: [.integer(15)])
        let source = oneFrame([UInt8](arrayLiteral: 10, 20), field)
        #expect(try readAll(selection(["size": "1x1"]).applied(to: source)).values(UInt8.self) == [10])
    }

    @Test func largeIntegersOfNoOtherContributorAreExact() throws {
        let source = oneFrame(
            [UInt64.max, UInt64.max - 1, UInt64.max - 2], Field(name: "a", element: .uint64, rows: 1, columns: 3))
        #expect(try readAll(selection(["size": "1x1"]).applied(to: source)).values(UInt64.self) == [.max - 1])
        #expect(try readAll(selection(["size": "1x4"]).applied(to: source)).values(UInt64.self).first == .max)
    }

    // MARK: What cannot be

    @Test(
        arguments: [
            (["stride": "0"], "1 or more"), (["time": "2018"], "`..` is needed"), (["time": "x..2018"], "neither"),
            (["time": "2019..2018"], "before the beginning"), (["time": "2018-13..2019"], "neither"),
            (["time": "2018..2019"], "no frame lies there"), (["crop": "0:0:7x8"], "6x8 cells"),
            (["crop": "1:0:2x2"], "inside cells of `b`"), (["size": "65536x65536"], "more than 1 GiB"),
            (["duplicates": "refuse"], "same time"), (["size": "12"], "such as 128x128"),
        ] as [([String: String], String)])
    func whatCannotBeIsRefusedWithAReason(_ settings: [String: String], _ words: String) throws {
        let error = try #require(failure(settings, of: .random(seed: 3)))
        #expect(error.code == (words == "same time" ? .damaged : .usage))
        #expect(error.message.contains(words), "\(error)")
    }

    @Test func datesAndCountersSuitTheirAxesOnly() throws {
        let counted = oneFrame([UInt8](arrayLiteral: 1), Field(name: "a", element: .uint8, rows: 1, columns: 1))
        #expect(failure(["time": "2018-01-01.."], of: counted)?.message.contains("only counted") == true)
        #expect(failure(["time": "0..0"], of: counted) == nil)
        #expect(failure(["time": "17.."], of: .random(seed: 1))?.message.contains("have dates") == true)
    }
}

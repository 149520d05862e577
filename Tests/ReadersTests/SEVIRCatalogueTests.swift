import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct SEVIRCatalogueTests {
    let folder = TemporaryFolder()

    /// A copy of a sample whose catalogue may be changed.
    private func copy(_ sample: String, as name: String = "set") throws -> String {
        let target = "\(folder.path)/\(name)"
        try FileManager.default.copyItem(atPath: "\(ExpectedContent.root("sample"))/\(sample)", toPath: target)
        return target
    }

    private func survey(_ paths: [String], _ set: [String: String] = [:]) throws -> Survey {
        let reader = try SEVIRReader(ReaderSettings(set, options: SEVIRReader.options, format: "sevir"))
        return try reader.survey(Location(paths: paths, scratch: folder.path, threads: 1)).survey
    }

    private func edit(_ path: String, _ change: (inout [String]) -> Void) throws {
        var lines = try String(contentsOfFile: "\(path)/CATALOG.csv", encoding: .utf8).split(separator: "\n").map(
            String.init)
        change(&lines)
        try lines.joined(separator: "\n").write(toFile: "\(path)/CATALOG.csv", atomically: true, encoding: .utf8)
    }

    @Test func anEventThatOccursTwiceIsDroppedWholeAndAnAbsentFileIsNamed() throws {
        let path = try copy("sevir-types")
        let survey = try survey([path], ["type": "ir069"])
        #expect(survey.sequences.map(\.id) == ["S801234", "S811111", "S822222"])
        #expect(survey.skipped.contains { $0.what == "1 event" && $0.reason.contains("occurs twice") })
        let vil = try self.survey([path])
        #expect(vil.fields.map(\.name) == ["vil"])
        #expect(vil.skipped.contains { $0.what == "vil/2019/SEVIR_VIL_RANDOMEVENTS_2019_0101_0430.h5" })
    }

    @Test func eachTypeKeepsItsOwnTimes() throws {
        let survey = try survey([copy("sevir-types")], ["type": "vil,ir069,lght"])
        let sequence = try #require(survey.sequences.first { $0.id == "S811111" })
        #expect(sequence.times.count == 3)
        #expect(sequence.times[0].first == Int64(1_529_453_760))
        let infrared = sequence.times[1].values
        #expect(infrared[30] == infrared[29] && infrared[31] - infrared[30] == 600)
        let counted: [Int64] = (0..<49).map { 1_529_453_700 + 300 * Int64($0) }
        #expect(sequence.times[2].values == counted)
        let flags = FrameFlags.derived(from: sequence.times[1], axis: survey.timeAxis)
        #expect(flags[30] == .duplicate && flags[31] == .gapBefore && flags.filter { !$0.isEmpty }.count == 2)
    }

    @Test func stepsOfFourToSixMinutesAreNoGap() throws {
        let survey = try survey([copy("sevir-chunked")])
        for sequence in survey.sequences {
            #expect(FrameFlags.derived(from: sequence.times[0], axis: survey.timeAxis).allSatisfy { $0.isEmpty })
        }
        #expect(survey.timeAxis.cadence == 300 && survey.timeAxis.utcOffsetMinutes == 0)
    }

    @Test(arguments: [
        ("../../../etc/passwd", "climbs out"), ("/etc/passwd", "climbs out"), ("vil/../../x.h5", "climbs out"),
        ("vil//x.h5", "climbs out"), ("./x.h5", "climbs out"),
    ])
    func aFileNameThatClimbsOutIsRefusedWithTheLine(_ name: String, _ words: String) throws {
        let path = try copy("sevir")
        try edit(path) { $0[5] = $0[5].replacingOccurrences(of: $0[5].split(separator: ",")[1], with: name) }
        let error = #expect(throws: ReaderError.self) { try survey([path]) }
        #expect(error?.code == .damaged && error?.message.contains(words) == true)
        #expect(error?.description.contains("CATALOG.csv: line 6") == true)
    }

    @Test func aLinkOutOfTheFolderIsRefusedUnlessItsTargetIsGiven() throws {
        let path = try copy("sevir")
        try FileManager.default.moveItem(atPath: "\(path)/data", toPath: "\(folder.path)/elsewhere")
        try folder.link("set/data", to: "\(folder.path)/elsewhere")
        let error = #expect(throws: ReaderError.self) { try survey([path]) }
        #expect(error?.code == .damaged && error?.message.contains("symbolic link") == true)
        let both = try survey(["\(path)/CATALOG.csv", "\(folder.path)/elsewhere"])
        #expect(both.sequences.count == 31)
    }

    @Test func theSameEventsComeWhereverTheFilesLie() throws {
        let path = try copy("sevir")
        let whole = try survey([path])
        #expect(try survey(["\(path)/CATALOG.csv"]).sequences == whole.sequences)
        let flat = "\(folder.path)/flat"
        try FileManager.default.createDirectory(atPath: flat, withIntermediateDirectories: true)
        for file in try FileManager.default.subpathsOfDirectory(atPath: path) where file.contains(".") {
            try FileManager.default.copyItem(
                atPath: "\(path)/\(file)", toPath: "\(flat)/\(file.split(separator: "/").last ?? "")")
        }
        #expect(try survey([flat]).sequences == whole.sequences)
    }

    @Test func aCatalogueThatDoesNotFitTheFileIsRefused() throws {
        for (column, value, words) in [(0, "S1", "does not"), (2, "77", "beyond the"), (5, "0:5", "2 minute_offsets")] {
            let path = try copy("sevir", as: "set\(column)")
            try edit(path) { lines in
                var fields = lines[3].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                fields[column] = value
                lines[3] = fields.joined(separator: ",")
            }
            let error = #expect(throws: ReaderError.self) { try survey([path]) }
            #expect(error?.code == .damaged && error?.description.contains("line 4") == true)
            #expect(error?.message.contains(words) == true || column == 0)
        }
    }

    @Test func settingsChooseEvents() throws {
        let path = try copy("sevir")
        #expect(try survey([path], ["kind": "random"]).sequences.allSatisfy { $0.id.hasPrefix("R") })
        #expect(try survey([path], ["kind": "storm"]).sequences.count == 29)
        let complete = try survey([path], ["pct_missing": "0"])
        #expect(complete.sequences.allSatisfy { $0.attributes["pct_missing"] == .real(0) })
        #expect(complete.sequences.count < 31)
        let years = try survey([path], ["years": "2017-2018"])
        #expect(years.sequences.count == 21)
        #expect(years.skipped.contains { $0.what == "10 events" && $0.reason.contains("years") })
        #expect(years.sources.contains { $0.name == "CATALOG.csv" })
    }

    @Test(arguments: [
        ["type": "radar"], ["type": "vil,vil"], ["kind": "rain"], ["pct_missing": "2"], ["pct_missing": "x"],
        ["years": "2019-2018"],
        ["years": "19-"], ["colour": "red"],
    ])
    func settingsThatMeanNothingAreRefused(_ set: [String: String]) {
        let error = #expect(throws: ReaderError.self) {
            try SEVIRReader(ReaderSettings(set, options: SEVIRReader.options, format: "sevir"))
        }
        #expect(error?.code == .usage)
    }

    @Test func withoutACatalogueTheFilesNameTheEvents() throws {
        let path = try copy("sevir-types")
        try FileManager.default.removeItem(atPath: "\(path)/CATALOG.csv")
        let survey = try survey([path], ["type": "vil,ir107,lght"])
        #expect(survey.variant == "events" && survey.timeAxis.kind == .counter)
        #expect(survey.sequences.map(\.id) == ["S801234", "S805678", "S811111", "S822222"])
        #expect(survey.splitRule == .group(.init(train: 80, validation: 10, test: 10)))
        #expect(survey.notes.contains { $0.contains("no CATALOG.csv") })
        let twice = try self.survey([path], ["type": "ir069"])
        #expect(twice.sequences.count == 3 && twice.skipped.contains { $0.reason.contains("occurs twice") })
        #expect(throws: ReaderError.self) { try self.survey([path], ["kind": "storm"]) }
    }

    @Test func attributesAreTheCataloguesAndTheGroupIsTheEpisode() throws {
        let survey = try survey([copy("sevir")])
        let storm = try #require(survey.sequences.first { $0.id == "S728503" })
        #expect(storm.group == "127285" && storm.attributes["event_id"] == .text("728503"))
        #expect(storm.attributes["time_utc"] == .text("2017-02-03 21:00:00"))
        #expect(storm.attributes["llcrnrlat"] == .real(30.91441227))
        let random = try #require(survey.sequences.first { $0.id.hasPrefix("R") })
        #expect(random.group == nil && random.attributes["episode_id"] == .text(""))
    }

    @Test func theLowResolutionFormTakesEverySecondTime() throws {
        let survey = try survey([copy("sevir-lr")])
        #expect(survey.variant == "lr" && survey.timeAxis.cadence == 600)
        let first = try #require(survey.sequences.first)
        #expect(
            first.id == "SEVIR_VIL_STORMEVENTS_2018_0101_0630/0" && first.attributes["catalogue_id"] == .text("S752000")
        )
        let times: [Int64] = (0..<25).map { 1_517_671_200 + 600 * Int64($0) }
        #expect(first.times[0].values == times)
    }

    @Test func theLowResolutionFormWithoutACatalogueCountsFrames() throws {
        let path = try copy("sevir-lr")
        try FileManager.default.removeItem(atPath: "\(path)/CATALOG.csv")
        let survey = try survey([path])
        #expect(survey.variant == "lr" && survey.timeAxis.kind == .counter && survey.timeAxis.secondsPerCount == 600)
        #expect(survey.sequences.map(\.id).last == "SEVIR_VIL_STORMEVENTS_2019_0701_1231/3")
        let error = #expect(throws: ReaderError.self) { try self.survey([path], ["variant": "catalogue"]) }
        #expect(error?.code == .notFound && error?.message.contains("CATALOG.csv") == true)
    }

    @Test func theChallengesOtherTypesAreTakenWhereLengthsMatch() throws {
        let path = "\(ExpectedContent.root("sample"))/sevir-challenge"
        let infrared = try survey([path], ["type": "ir069,ir107,lght"])
        #expect(infrared.fields.map(\.name) == ["ir069", "ir107", "lght"])
        #expect(infrared.sequences.allSatisfy { $0.frameCount == 13 })
        let error = #expect(throws: ReaderError.self) { try survey([path], ["type": "vil,ir069"]) }
        #expect(error?.code == .usage && error?.message.contains("25 frames") == true)
        let standard = try survey([path])
        #expect(standard.notes.contains { $0.contains("ir069, ir107, lght") })
        #expect(standard.sequences[0].attributes["meta_event_type"] != nil && standard.sequences[0].group == "S700000")
    }

    @Test func filesCutAnywhereAreRefused() throws {
        let path = try copy("sevir-spreadsheet")
        let file = "\(path)/data/vil/2019/SEVIR_VIL_STORMEVENTS_2019_0101_0630.h5"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        for count in [0, 7, 100, 900, 2048, bytes.count / 2, bytes.count - 40] {
            try bytes.prefix(count).write(to: URL(fileURLWithPath: file))
            let error = #expect(throws: ReaderError.self) { try survey([path]) }
            #expect(error?.code == .damaged)
        }
        let catalogue = try Data(contentsOf: URL(fileURLWithPath: "\(path)/CATALOG.csv"))
        try bytes.write(to: URL(fileURLWithPath: file))
        for count in [0, 3, 50, 400] {
            try catalogue.prefix(count).write(to: URL(fileURLWithPath: "\(path)/CATALOG.csv"))
            #expect(throws: ReaderError.self) { try survey([path]) }
        }
    }
}

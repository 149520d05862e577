import SpaceTime
import Testing

@Suite struct SplitRuleTests {
    @Test(arguments: [
        ("source", SplitRule.source),
        ("train", .allTrain),
        ("time:80/10/10", .time(.init(train: 80, validation: 10, test: 10))),
        ("group:100/0/0", .group(.init(train: 100, validation: 0, test: 0))),
        ("group:validation=a,b;test=c d,é", .groups(validation: ["a", "b"], test: ["c d", "é"])),
        ("group:test=a%2Cb%25%3D", .groups(validation: [], test: ["a,b%="])),
        ("group:validation=;test=", .groups(validation: [], test: [])),
        ("dates:2019-01-01/2019-06-01", .sequenceDates(validationAfter: 1_546_300_800, testAfter: 1_559_347_200)),
        ("frame-dates:1969-12-31T23:59/2000-02-29T12:30:15", .frameDates(validationFrom: -60, testFrom: 951_827_415)),
        ("frame-dates:@-5/@7", .frameDates(validationFrom: -5, testFrom: 7)),
        ("last-days:28/28", .lastDays(validation: 28, test: 28)),
    ])
    func rulesAreReadAndReadBack(_ text: String, _ rule: SplitRule) throws {
        #expect(try SplitRule(parsing: text) == rule)
        #expect(try SplitRule(parsing: rule.description) == rule)
    }

    @Test func datesAreWrittenAsPeopleWriteThem() {
        #expect(
            SplitRule.sequenceDates(validationAfter: 1_546_300_800, testAfter: 1_559_347_200).description
                == "dates:2019-01-01/2019-06-01")
        #expect(
            SplitRule.frameDates(validationFrom: .min, testFrom: 951_827_415).description
                == "frame-dates:@-9223372036854775808/2000-02-29T12:30:15")
    }

    @Test func everyMomentReadsBack() throws {
        var state: UInt64 = 1
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let first = Int64(bitPattern: state) >> Int64(state % 40)
            let rule = SplitRule.frameDates(validationFrom: first, testFrom: max(first, 0))
            #expect(try SplitRule(parsing: rule.description) == rule, "\(rule)")
        }
    }

    @Test func everyNameOfAGroupReadsBack() throws {
        let names = ["a,b", "c;d", "e=f", "%", "100%25", " x ", "tab\t", "ü\u{7F}", "validation=", "zero\0"]
        let rule = SplitRule.groups(validation: names, test: ["x"])
        #expect(try SplitRule(parsing: rule.description) == rule)
    }

    @Test(arguments: [
        "", "sauce", "source:", "time", "time:", "time:80", "time:80/10", "time:80/10/11", "time:-1/100/1",
        "time:a/b/c", "time:9223372036854775807/1/0", "group:", "group:train=a", "group:test=a;test=b", "group:test",
        "group:test=a,,b", "group:test=%4", "group:test=%+1", "group:test=%FF", "dates:2019-01-01",
        "dates:2019-02-29/2019-03-01", "dates:2019-13-01/2020-01-01", "dates:2019-06-01/2019-01-01",
        "dates:19-01-01/2019-01-01", "dates:2019-01-01T24:00/2020-01-01", "frame-dates:@x/@1", "last-days:28",
        "last-days:-1/28", "last-days:28/99999999", "last-days:1/2/3",
    ])
    func otherTextsAreWrongUsage(_ text: String) throws {
        let error = try #require(throws: ReaderError.self, performing: { try SplitRule(parsing: text) })
        #expect(error.code == .usage)
        #expect(error.message.hasPrefix("--split \(text): "))
        #expect(error.message.contains("time:80/10/10"))
    }
}

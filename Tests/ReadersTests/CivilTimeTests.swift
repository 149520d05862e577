import Readers
import Testing

@Suite struct CivilTimeTests {
    @Test(arguments: [
        ("1970-01-01 00:00:00", 0), ("2018-06-14 19:13:00", 1_529_003_580), ("2000-02-29T12:00:00Z", 951_825_600),
        ("5/12/19 18:30", 1_557_685_800), ("12/31/1999 23:59:59", 946_684_799), ("201607142055", 1_468_529_700),
        ("1969-12-31 23:59:59", -1), ("20130701", 1_372_636_800), ("0001-01-01 00:00:00", -62_135_596_800),
    ])
    func aWrittenDateIsTheSecondsThatPythonSays(_ text: String, _ seconds: Int64) {
        #expect(CivilTime.parse(text) == seconds)
        #expect(CivilTime(seconds: seconds).text == CivilTime.parse(text).map { CivilTime(seconds: $0).text })
    }

    @Test(arguments: [
        "", " ", "2019-02-29 00:00:00", "2019-13-01", "2019-00-10", "2019-01-01 24:00:00", "2019-01-01 00:60:00",
        "13/1/19 1:00",
        "2019-1-1", "201901", "2019010١", "1/1/019", "20190101000060", "9999999999999999999999", "0000-01-01",
        "2019-01-01 1:0",
        "1/1/19 1:00:00:00", "-----------", "//", "+019-01-01",
    ])
    func whatIsNoDateIsRefused(_ text: String) {
        #expect(CivilTime.parse(text) == nil)
    }

    @Test func everyDayOfFourHundredYearsGoesThereAndBack() {
        var expected = CivilTime.seconds(year: 1700, month: 1, day: 1) ?? 0
        for year in 1700..<2100 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let seconds = CivilTime.seconds(year: year, month: month, day: day) else { continue }
                    #expect(seconds == expected)
                    let back = CivilTime(seconds: seconds + 86_399)
                    #expect(back.year == year && back.month == month && back.day == day && back.second == 59)
                    expected += 86_400
                }
            }
        }
    }
}

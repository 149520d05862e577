import Draws
import Foundation
import SpaceTime
import Testing

@Suite struct FrameTimesTests {
    @Test func regularTimesAreOneRun() {
        let times = FrameTimes((0..<100_000).map { 1_500_000_000 + 300 * $0 })
        #expect(times.runs == [FrameTimes.Run(start: 1_500_000_000, step: 300, count: 100_000)])
        #expect(times.first == 1_500_000_000)
        let last: Int64 = 1_529_999_700
        #expect(times.last == last)
    }

    @Test(arguments: 0..<40)
    func valuesAndSlicesAreThoseOfAPlainArray(_ seed: UInt64) {
        var draws = Draws(state: seed)
        let values = (0..<Int.random(in: 0...40, using: &draws)).map { _ in Int64.random(in: 0...4, using: &draws) }
        let times = FrameTimes(values)
        #expect(times.values == values)
        #expect(times.count == values.count)
        for _ in 0..<20 {
            let first = Int.random(in: 0...values.count, using: &draws)
            let range = first..<Int.random(in: first...values.count, using: &draws)
            #expect(times.slice(range).values == Array(values[range]))
            #expect(times.slice(range) == FrameTimes(values[range]))
        }
    }

    @Test func equalTimesAreEqualHoweverMade() {
        #expect(FrameTimes(start: 5, step: 10, count: 1) == FrameTimes([5]))
        #expect(FrameTimes(start: 5, step: 10, count: 4) == FrameTimes([5, 15, 25, 35]))
        #expect(FrameTimes(start: 5, step: 0, count: 3) == FrameTimes([5, 5, 5]))
        #expect(FrameTimes(count: 0) == FrameTimes())
    }

    @Test func timesAtTheEdgeOf64BitsAreKept() {
        let values: [Int64] = [.min, .max, .min, 0, .max]
        #expect(FrameTimes(values).values == values)
        let far: [Int64] = [.min, -1, .max - 1, 0]
        #expect(FrameTimes(far).values == far)
        #expect(FrameTimes(far).slice(1..<4).values == Array(far[1...]))
    }

    @Test(arguments: [
        #"{"runs":[{"start":0,"step":1,"count":3}],"count":4}"#,
        #"{"runs":[{"start":0,"step":1,"count":0}],"count":0}"#,
        #"{"runs":[{"start":0,"step":1,"count":-3}],"count":-3}"#,
        #"{"runs":[{"start":9223372036854775806,"step":1,"count":3}],"count":3}"#,
        #"{"runs":[{"start":0,"step":9223372036854775807,"count":9223372036854775807}],"count":9223372036854775807}"#,
        #"{"runs":[{"start":0,"step":0,"count":9223372036854775807},{"start":0,"step":0,"count":9223372036854775807}],"count":-2}"#,
    ])
    func timesThatLieAreNotDecoded(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(FrameTimes.self, from: Data(json.utf8)) }
    }

    @Test func timesAreDecodedAsTheyWere() throws {
        let times = FrameTimes([3, 4, 5, 9, 9, 1])
        #expect(try JSONDecoder().decode(FrameTimes.self, from: JSONEncoder().encode(times)) == times)
    }
}

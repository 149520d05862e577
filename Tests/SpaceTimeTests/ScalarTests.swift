import Foundation
import SpaceTime
import Testing

@Suite struct ScalarTests {
    @Test(arguments: [
        Scalar.integer(.max), .integer(.min), .integer(0), .real(0.1), .real(-1e300), .real(2.5e-308), .real(.infinity),
        .real(-.infinity), .text(""), .text("@nan"), .text("@"), .text("@@inf"), .text("12"), .text("größe\u{0}\n"),
    ])
    func scalarsSurviveJSON(_ scalar: Scalar) throws {
        let data = try JSONEncoder().encode([scalar])
        #expect(try JSONDecoder().decode([Scalar].self, from: data) == [scalar])
    }

    @Test func notANumberSurvivesJSON() throws {
        let data = try JSONEncoder().encode([Scalar.real(.nan)])
        #expect(String(decoding: data, as: UTF8.self) == #"["@nan"]"#)
        let decoded = try JSONDecoder().decode([Scalar].self, from: data)
        #expect(decoded.first?.number?.isNaN == true)
    }

    @Test(arguments: [
        Scalar.real(3), .real(-9999), .real(1e300), .real(0.5), .integer(3), .text("@3.0"), .real(.infinity),
    ])
    func taggedScalarsKeepWholeRealsApart(_ scalar: Scalar) throws {
        let encoder = JSONEncoder()
        let decoder = JSONDecoder()
        encoder.userInfo[try #require(Scalar.tagged)] = true
        decoder.userInfo[try #require(Scalar.tagged)] = true
        let decoded = try decoder.decode([Scalar].self, from: encoder.encode([scalar]))
        #expect(decoded == [scalar])
    }

    @Test func onlyNumbersHaveANumber() {
        #expect(Scalar.integer(3).number == 3)
        #expect(Scalar.real(0.5).number == 0.5)
        #expect(Scalar.text("3").number == nil)
    }
}

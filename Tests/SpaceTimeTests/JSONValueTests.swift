import Foundation
import SpaceTime
import Testing

struct JSONValueTests {
    /// Numbers and their texts from RFC 8785, appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"), (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"), (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"), (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        ] as [(UInt64, String)])
    func aNumberIsWrittenAsECMAScriptWritesIt(bits: UInt64, text: String) {
        #expect(JSONValue.real(Double(bitPattern: bits)).canonicalText == text)
    }

    @Test func membersAreSortedByUTF16AndTextIsEscapedAsLittleAsPossible() {
        let value = JSONValue.object([
            "\u{20ac}": .text("Euro"), "\r": .text("CR"), "\u{fb33}": .text("Hebrew"), "1": .text("One"),
            "\u{1f600}": .text("Smiley"), "\u{80}": .text("Control"), "\u{f6}": .text("\u{7}\"\\/\n"),
        ])
        let text =
            "{\"\\r\":\"CR\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"\\u0007\\\"\\\\/\\n\",\"\u{20ac}\":\"Euro\","
            + "\"\u{1f600}\":\"Smiley\",\"\u{fb33}\":\"Hebrew\"}"
        #expect(value.canonicalText == text)
    }

    private func scanned(_ text: String) throws -> JSONValue {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            let value = try scanner.readValue()
            if !scanner.isAtEnd() { throw JSONScanner.Fault(place: scanner.place) }
            return value
        }
    }

    @Test(
        arguments: [
            "0", "-7", "9223372036854775807", "1.5", "-2.5e-9", "1e+16", "1.2345678901234568e+18", "3e+19", "5e-324",
            "true",
            "false", "null", "\"\"", "\"a\\\"b\\\\c\\/\\n\\u20ac\\ud83d\\ude00\"", "[]", "{}", "[1,[2,{}],\"x\"]",
            "{\"k\\\"1\":{\"\":[null]},\"\u{e9}\":-0.25}", " { \"a\" : [ 1 , 2 ] } ",
        ])
    // Numbers as an encoder writes them: with the fewest digits that give them back.
    func aScannedValueIsTheDecodersToTheByte(text: String) throws {
        let expected = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(try scanned(text).canonicalText == expected.canonicalText)
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\"}", "{\"a\":}", "nul", "1.2.3", "\"open", "1 2", "]"])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONScanner.Fault.self) { try scanned(text) }
    }
}

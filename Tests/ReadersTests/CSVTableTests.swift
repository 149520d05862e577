import Readers
import SpaceTime
import Testing

@Suite struct CSVTableTests {
    private func table(_ text: String, limits: CSVTable.Limits = .init()) throws -> CSVTable {
        try CSVTable(bytes: Array(text.utf8), path: "t.csv", limits: limits)
    }

    @Test(arguments: [
        "a,b,\n1,\"x,\"\"y\"\"\",\n\n 2 ,,3\n", "\u{FEFF}a,b,\r\n1,\"x,\"\"y\"\"\",\r\n,,\r\n 2 ,,3",
        "a,b,\r1,\"x,\"\"y\"\"\",\r 2 ,,3\r",
    ])
    func fieldsAreFoundByColumnWhateverTheLineEnds(_ text: String) throws {
        let table = try table(text)
        #expect(table.columns == ["a", "b", ""] && table.rowCount == 2)
        let (a, b) = try (table.required("a"), table.required("b"))
        #expect(try table.text(0, b) == "x,\"y\"" && table.text(1, b) == "")
        #expect(table.integer(0, a) == 1 && table.integer(1, a) == 2 && table.integer(1, b) == nil)
        #expect(table.number(1, 2) == 3 && table.number(1, b) == nil)
    }

    @Test func aQuotedFieldMayHoldLines() throws {
        let table = try table("a,b\n\"1\n2\",x\n3,y\n")
        #expect(try table.text(0, 0) == "1\n2")
        #expect(table.line(ofRow: 0) == 2 && table.line(ofRow: 1) == 4)
    }

    @Test(arguments: [
        ("", "empty table"), ("\n\n", "empty table"), ("a,b\n1\n", "line 2: has 1 fields; the header has 2"),
        ("a,b\n1,2,3\n", "has 3 fields"), ("a\n\"1", "line 2: a quote is opened"),
        ("a\n\"1\"x\n", "follows a closing quote"),
    ])
    func aTableThatIsNotRightIsRefusedWithTheLine(_ text: String, _ message: String) {
        let error = #expect(throws: ReaderError.self) { try table(text) }
        #expect(error?.code == .damaged && error?.description.contains(message) == true)
    }

    @Test func limitsHold() {
        var limits = CSVTable.Limits()
        limits.rows = 2
        limits.columns = 3
        limits.fieldByteCount = 4
        for text in ["a\n1\n2\n3\n", "a,b,c,d\n", "a\n12345\n", "a\n\"12345\"\n"] {
            #expect(throws: ReaderError.self) { try table(text, limits: limits) }
        }
    }

    @Test func aColumnThatIsMissingOrDoubledIsNamed() throws {
        let table = try table("a,b,b\n1,2,3\n")
        for (name, words) in [("b", "`b` twice"), ("c", "no column `c`")] {
            let error = #expect(throws: ReaderError.self) { try table.required(name) }
            #expect(error?.message.contains(words) == true)
        }
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let bytes = Array("a,b\n1,".utf8) + [0xFF, 0xFE, 10]
        let table = try CSVTable(bytes: bytes, path: "t.csv")
        #expect(throws: ReaderError.self) { try table.text(0, 1) }
        #expect(throws: ReaderError.self) { try CSVTable(bytes: [0xFF, 0xFE, 0x61, 0], path: "t.csv") }
    }
}

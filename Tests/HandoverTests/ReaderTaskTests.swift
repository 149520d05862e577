import Foundation
import Handover
import SpaceTime
import Testing

extension ProcessTests {
    @Suite(.serialized)
    struct Tasks {
        private static var stbankRead: String { ReaderExecutable.folder() + "/stbank-read" }

        private func recipe(_ text: String) throws -> JSONValue {
            let answer = try ReaderTask.run(executable: Self.stbankRead, ["recipe"], input: Array(text.utf8))
            return try JSONDecoder().decode(JSONValue.self, from: Data(answer))
        }

        @Test func theFormatsSayTheirOptions() throws {
            let formats = try FormatDescription.all(executable: Self.stbankRead)
            #expect(formats.map(\.format).prefix(2) == ["sevir", "taxibj"])
            #expect(formats.allSatisfy { $0.options.contains { $0.key == "crop" } && $0.version >= 1 })
            let keys = formats.map { $0.options.map(\.key) }
            #expect(keys.allSatisfy { Set($0).count == $0.count }, "an option of a format hides a common one")
        }

        @Test func aRecipeIsReadAsWritten() throws {
            let yaml = """
                set:   # a comment
                  size: 128x128
                  time: 12:30
                  stride: 010
                  type: [vil, ir069]
                  none:
                split: "last-days:28/28"
                """
            let expected = JSONValue.object([
                "set": .object([
                    "size": .text("128x128"), "time": .text("12:30"), "stride": .text("010"),
                    "type": .array([.text("vil"), .text("ir069")]), "none": .null,
                ]),
                "split": .text("last-days:28/28"),
            ])
            #expect(try recipe(yaml) == expected)
            let json = #"{"set": {"a": 1e5, "b": "\u00e9", "c": null, "d": "null"}}"#
            let members: [String: JSONValue] = ["a": .text("1e5"), "b": .text("é"), "c": .null, "d": .text("null")]
            #expect(try recipe(json) == .object(["set": .object(members)]))
            #expect(try recipe("") == .object([:]))
        }

        private static let bomb = (1...9).reduce("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n") { text, level in
            text + "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ","))]\n"
        }

        @Test(arguments: [
            ("a: 1\na: 2", "unique"), ("a: [", "no YAML"), (bomb, "aliases stand for too much"),
            (String(repeating: "[", count: 60_000), "nesting level"),
            (String(repeating: "- ", count: 30_000), "nesting level"),
            (String(repeating: "x", count: 70_000), "more than 64 KiB"), ("a: *nowhere", "undefined alias"),
            ("b: &b {x: 1}\nc:\n  <<: *b", "merges mappings"), ("? [a]\n: 1", "no word"), ("a: \u{0}", "no YAML"),
            ("a: 1\n---\nb: 2", "no YAML"),
        ])
        func badRecipesAreRefused(_ text: String, _ reason: String) throws {
            let error = try #require(throws: ReaderError.self, performing: { try recipe(text) })
            #expect(error.code == .damaged)
            #expect(error.message.contains(reason), "\(error.message)")
            #expect(error.message.utf8.count < 500)
        }

        @Test func aRecipeThatIsNoTextIsRefused() throws {
            let error = try #require(
                throws: ReaderError.self,
                performing: { try ReaderTask.run(executable: Self.stbankRead, ["recipe"], input: [0x61, 0xFF, 0x0A]) })
            #expect(error.message == "the recipe is not UTF-8 text")
        }

        @Test(arguments: ["png", "gif", "mp4"])
        func picturesAreDrawn(_ suffix: String) throws {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/film.\(suffix)"
            let frames = suffix == "png" ? 1 : 5
            let order = FilmOrder(path: path, width: 64, height: 48, framesPerSecond: 5, frames: frames)
            let task = try order.start(executable: Self.stbankRead)
            for number in 0..<frames {
                let frame = (0..<order.frameByteCount).map { UInt8(truncatingIfNeeded: $0 / 3 + number * 8) }
                try frame.withUnsafeBytes { try task.write($0) }
            }
            #expect(try task.finish().isEmpty)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)).prefix(8))
            let signatures: [String: ArraySlice<UInt8>] = [
                "png": [0x89, 0x50, 0x4E, 0x47], "gif": Array("GIF89a".utf8)[...], "mp4": [0, 0, 0],
            ]
            let signature = try #require(signatures[suffix])
            #expect(bytes.starts(with: signature))
        }

        @Test func aFilmThatStopsEarlyLeavesNothingBehind() throws {
            let folder = try TemporaryFolder()
            let order = FilmOrder(
                path: folder.path + "/film.gif", width: 64, height: 48, framesPerSecond: 5, frames: 3)
            let task = try order.start(executable: Self.stbankRead)
            try [UInt8](repeating: 1, count: order.frameByteCount + 7).withUnsafeBytes { try task.write($0) }
            let error = try #require(throws: ReaderError.self, performing: { try task.finish() })
            #expect(error.message == "only 1 of 3 frames came")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }

        @Test func aFilmThatCannotBeIsRefusedWhileFramesAreStillComing() throws {
            let order = FilmOrder(path: "/nowhere/film.xyz", width: 1000, height: 1000, framesPerSecond: 5, frames: 9)
            let task = try order.start(executable: Self.stbankRead)
            let frame = [UInt8](repeating: 1, count: order.frameByteCount)
            for _ in 0..<9 { try frame.withUnsafeBytes { try task.write($0) } }
            let error = try #require(throws: ReaderError.self, performing: { try task.finish() })
            #expect(error.code == .usage)
            #expect(error.message.contains(".png, .gif or .mp4"))
        }

        @Test func tasksThatHangCrashOrFloodAreEnded() throws {
            func error(_ word: String) throws -> ReaderError {
                try #require(
                    throws: ReaderError.self,
                    performing: { try ReaderTask.run(executable: Rig.executable, [word], stall: 0.5) })
            }
            #expect(try error("tool-sleep").message.contains("no sign of work"))
            #expect(try error("tool-crash").message.contains("SIGSEGV"))
            #expect(try error("tool-flood").message.contains("more than 64 MiB"))
            #expect(try error("tool-unknown").message.contains("code 64"))
        }

        @Test func theProgramIsFoundBesideUsOrWhereTheUserSays() throws {
            #expect(try ReaderExecutable.path([:]) == Self.stbankRead)
            #expect(try ReaderExecutable.path(["STBANK_READ": "/bin/true"]) == "/bin/true")
            let error = try #require(
                throws: ReaderError.self, performing: { try ReaderExecutable.path(["STBANK_READ": "/nowhere"]) })
            #expect(error.path == "/nowhere")
        }

        @Test func itSaysWhatItIsToPeopleWhoStartIt() throws {
            for words in [[], ["serve"], ["nonsense"]] {
                #expect(throws: ReaderError.self) { try ReaderTask.run(executable: Self.stbankRead, words) }
            }
        }
    }
}

import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct SourceFilesTests {
    let folder = TemporaryFolder()

    @Test func filesAreNamedFromTheFolderAndSortedWithNumbersAsNumbers() throws {
        for name in ["b/frame_10.png", "b/frame_2.png", "a.txt", ".hidden", "b/._x", "__MACOSX/a.txt"] {
            try folder.write(name)
        }
        let names = try SourceFiles(paths: [folder.path]).files.map(\.name)
        #expect(names == ["a.txt", "b/frame_2.png", "b/frame_10.png"])
    }

    @Test func theOrderOfArgumentsDoesNotMatter() throws {
        for name in ["one/x.h5", "two/y.h5"] { try folder.write(name) }
        let paths = ["one", "two"].map { "\(folder.path)/\($0)" }
        let forth = try SourceFiles(paths: paths)
        #expect(try SourceFiles(paths: paths.reversed()).files == forth.files)
        #expect(forth["x.h5"]?.path.hasSuffix("one/x.h5") == true)
        #expect(forth["z.h5"] == nil)
    }

    @Test func twoFilesOfOneNameAreRefusedAndOneNamedTwiceCountsOnce() throws {
        for name in ["one/x.h5", "two/x.h5"] { try folder.write(name) }
        let error = #expect(throws: ReaderError.self) {
            try SourceFiles(paths: ["one", "two"].map { "\(folder.path)/\($0)" })
        }
        #expect(error?.code == .usage && error?.message.contains("same name `x.h5`") == true)
        let once = try SourceFiles(paths: ["\(folder.path)/one", "\(folder.path)/one/x.h5"])
        #expect(once.files.map(\.name) == ["x.h5"])
    }

    @Test func aLinkThatLeadsOutIsNotFollowed() throws {
        try folder.write("inside/x.txt")
        try folder.write("outside/secret.txt")
        try folder.link("inside/leak", to: "\(folder.path)/outside")
        try folder.link("inside/loop", to: "\(folder.path)/inside")
        try folder.link("inside/y.txt", to: "x.txt")
        try folder.link("inside/dead", to: "nothing")
        let found = try SourceFiles(paths: ["\(folder.path)/inside"])
        #expect(found.files.map(\.name) == ["x.txt"])
        #expect(found.skipped.map(\.what) == ["dead", "leak", "loop", "y.txt"])
        #expect(found.leadsOut("leak/secret.txt") && !found.leadsOut("x.txt") && !found.leadsOut("leakage"))
    }

    @Test func aLinkIntoAStoreOfChecksumsIsTheFile() throws {
        try folder.write("blobs/9f3c21a")
        try folder.link("x.h5", to: "blobs/9f3c21a")
        #expect(try SourceFiles(paths: [folder.path]).files.map(\.name) == ["x.h5"])
    }

    @Test func pipesAreNeverOpened() throws {
        try #require(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        let found = try SourceFiles(paths: [folder.path])
        #expect(found.files.isEmpty && found.skipped.map(\.what) == ["pipe"])
        #expect(throws: ReaderError.self) { try SourceFiles(paths: ["\(folder.path)/pipe"]) }
        #expect(throws: ReaderError.self) { try SourceFiles.bytes(of: "\(folder.path)/pipe", atMost: 10) }
    }

    @Test func aWalkBeyondTheLimitsIsRefused() throws {
        for name in ["a/b/c/x", "a/y", "a/z"] { try folder.write(name) }
        let deep = #expect(throws: ReaderError.self) { try SourceFiles(paths: [folder.path], limits: .init(depth: 2)) }
        #expect(deep?.message.contains("2 deep") == true)
        let many = #expect(throws: ReaderError.self) { try SourceFiles(paths: [folder.path], limits: .init(count: 3)) }
        #expect(many?.message.contains("more than 3 files") == true)
    }

    @Test func aPathThatIsNotThereSaysSo() {
        let error = #expect(throws: ReaderError.self) { try SourceFiles(paths: ["\(folder.path)/no"]) }
        #expect(error?.code == .usage && error?.description.contains("/no: cannot be opened") == true)
    }

    @Test func aFileLongerThanTheLimitIsNotRead() throws {
        try folder.write("x", Array("12345".utf8))
        #expect(try SourceFiles.bytes(of: "\(folder.path)/x", atMost: 5) == Array("12345".utf8))
        let error = #expect(throws: ReaderError.self) { try SourceFiles.bytes(of: "\(folder.path)/x", atMost: 4) }
        #expect(error?.code == .damaged)
    }

    @Test func naturalOrderIsAStrictOrder() {
        let texts = ["", "0", "00", "a", "a0", "a00", "a1", "a01", "a2", "a10", "a2b", "a10b", "b", "2a"]
        for one in texts {
            for other in texts {
                let both = NaturalOrder.precedes(one, other) && NaturalOrder.precedes(other, one)
                #expect(
                    !both && (one == other || NaturalOrder.precedes(one, other) != NaturalOrder.precedes(other, one)))
            }
        }
        #expect(NaturalOrder.precedes("a9", "a123456789012345678901234567890"))
    }
}

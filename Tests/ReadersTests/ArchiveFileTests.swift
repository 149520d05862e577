import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct ArchiveFileTests {
    private let limits = ArchiveLimits(memberBytes: 1 << 20)

    /// Name and text of every member.
    private func members(_ path: String, _ limits: ArchiveLimits? = nil) throws -> [(String, String)] {
        var result: [(String, String)] = []
        try ArchiveFile(path: path, limits: limits ?? self.limits).forEachMember { member in
            result.append((member.name, String(decoding: try member.bytes(atMost: 1 << 28), as: UTF8.self)))
            return .goOn
        }
        return result
    }

    private func damage(_ path: String, _ limits: ArchiveLimits? = nil) -> String? {
        do {
            _ = try members(path, limits)
            return nil
        } catch let error as ReaderError {
            #expect(error.code == .damaged && error.path == path)
            return error.message
        } catch {
            return "not a ReaderError: \(error)"
        }
    }

    private static let making = """
        import bz2, gzip, io, lzma, tarfile, zipfile
        text = b'the rain in Spain ' * 1000
        def tar(members, mode='w'):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode=mode) as t:
                for name, data in members:
                    info = tarfile.TarInfo(name); info.size = len(data); t.addfile(info, io.BytesIO(data))
            return out.getvalue()
        def save(name, data):
            open(name, 'wb').write(data)

        """

    private func made(_ script: String) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try ArchivePython.run(Self.making + script, in: folder.path)
        return folder
    }

    @Test(arguments: ["a.txt", "a.txt.gz", "a.txt.bz2", "a.txt.xz"])
    func aSingleFileIsItsOwnMemberWithoutTheEnding(_ name: String) throws {
        let folder = try made(
            """
            save('a.txt', text); save('a.txt.gz', gzip.compress(text)); save('a.txt.bz2', bz2.compress(text))
            save('a.txt.xz', lzma.compress(text))
            """)
        let found = try members("\(folder.path)/\(name)")
        #expect(found.map(\.0) == ["a.txt"])
        #expect(found[0].1 == String(repeating: "the rain in Spain ", count: 1000))
    }

    @Test(arguments: ["t.tar", "t.tar.gz", "t.tar.bz2", "t.tar.xz", "t.zip", "t.tgz"])
    func containersGiveTheirMembersInStoredOrder(_ name: String) throws {
        let folder = try made(
            """
            m = [('b/2', b'two'), ('a', b''), ('./c.gz', gzip.compress(b'three')), ('d' * 150, b'four')]
            save('t.tar', tar(m)); save('t.tar.gz', tar(m, 'w:gz')); save('t.tgz', tar(m, 'w:gz'))
            save('t.tar.bz2', tar(m, 'w:bz2')); save('t.tar.xz', tar(m, 'w:xz'))
            with zipfile.ZipFile('t.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for name, data in m: z.writestr(name.removeprefix('./'), data)
            """)
        let found = try members("\(folder.path)/\(name)")
        #expect(found.map(\.0) == ["b/2", "a", "c", String(repeating: "d", count: 150)])
        #expect(found.map(\.1) == ["two", "", "three", "four"])
    }

    @Test func archivesInsideArchivesAreGoneThrough() throws {
        let folder = try made(
            """
            z = io.BytesIO()
            with zipfile.ZipFile(z, 'w') as f: f.writestr('x', 'from the zip')
            days = [(f'day{n}.tar.gz', tar([(f'{n}-{k}', b'%d' % k) for k in range(3)], 'w:gz')) for n in range(2)]
            save('month.tar', tar(days + [('z.zip', z.getvalue()), ('plain', b'last')]))
            """)
        let path = "\(folder.path)/month.tar"
        let found = try members(path)
        let days = (0..<2).flatMap { n in (0..<3).map { "day\(n).tar/\(n)-\($0)" } }
        #expect(found.map(\.0) == days + ["z.zip/x", "plain"])
        #expect(found.map(\.1).suffix(2) == ["from the zip", "last"])
        let fifth = try ArchiveFile(path: path, limits: limits).member(at: 4)
        #expect(fifth?.name == "day1.tar/1-1")
        #expect(try ArchiveFile(path: path, limits: limits).member(at: 8) == nil)
        var outer: [String] = []
        try ArchiveFile(path: path, limits: limits, opensInner: false).forEachMember {
            outer.append($0.name)
            return .goOn
        }
        #expect(outer == ["day0.tar.gz", "day1.tar.gz", "z.zip", "plain"])
    }

    @Test func gzipMembersBehindEachOtherAreOneStream() throws {
        let folder = try made("save('a.gz', gzip.compress(b'one ') + gzip.compress(b'two') + bytes(512))")
        #expect(try members("\(folder.path)/a.gz").map(\.1) == ["one two"])
    }

    @Test func linksAndDevicesArePassedOverAndNamed() throws {
        let folder = try made(
            """
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode='w') as t:
                for name, kind in [('s', tarfile.SYMTYPE), ('h', tarfile.LNKTYPE), ('d', tarfile.CHRTYPE)]:
                    info = tarfile.TarInfo(name); info.type = kind; info.linkname = '/etc/passwd'; t.addfile(info)
                info = tarfile.TarInfo('folder'); info.type = tarfile.DIRTYPE; t.addfile(info)
                info = tarfile.TarInfo('f'); info.size = 1; t.addfile(info, io.BytesIO(b'x'))
            save('l.tar', out.getvalue())
            """)
        var names: [String] = []
        let skipped = try ArchiveFile(path: "\(folder.path)/l.tar", limits: limits).forEachMember {
            names.append($0.name)
            return .goOn
        }
        #expect(names == ["f"])
        #expect(skipped.map(\.what) == ["s", "h", "d"])
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../up", "a\\\\b"])
    func aNameThatClimbsOutIsDamage(_ name: String) throws {
        let folder = try made("save('t.tar', tar([('good', b'1'), ('\(name)', b'2')]))")
        #expect(damage("\(folder.path)/t.tar")?.contains("outside the archive") == true)
    }

    @Test(arguments: ["a.txt.gz", "a.txt.bz2", "a.txt.xz", "t.tar", "t.tar.gz", "t.zip"])
    func whatIsCutOffAnywhereIsDamageOrWhole(_ name: String) throws {
        let folder = try made(
            """
            import random
            random.seed(1)
            text = bytes(random.choices(b'abcdefgh', k=3000))
            save('a.txt.gz', gzip.compress(text)); save('a.txt.bz2', bz2.compress(text))
            save('a.txt.xz', lzma.compress(text))
            m = [('a', text), ('b', bytes(1024)), ('c', b'')]
            save('t.tar', tar(m)); save('t.tar.gz', tar(m, 'w:gz'))
            with zipfile.ZipFile('t.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n, data in m: z.writestr(n, data)
            """)
        let whole = try members("\(folder.path)/\(name)").map(\.1)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")))
        let step = name == "t.tar" ? 128 : max(1, bytes.count / 60)
        for length in stride(from: 512, to: bytes.count, by: step) {
            let cut = try folder.write("cut-\(name)", Array(bytes[..<length]))
            guard let found = try? members(cut).map(\.1) else { continue }
            #expect(found == whole, "\(name) cut to \(length) of \(bytes.count) bytes")
            #expect(name == "t.tar", "\(name) cut to \(length) passed for whole")
        }
    }

    @Test(arguments: ["a.gz", "a.bz2", "a.xz", "a.zip"])
    func aFlippedBitInCompressedBytesIsDamage(_ name: String) throws {
        let folder = try made(
            """
            import random
            random.seed(2)
            text = bytes(random.choices(range(256), k=4000))
            save('a.gz', gzip.compress(text)); save('a.bz2', bz2.compress(text)); save('a.xz', lzma.compress(text))
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_STORED) as z: z.writestr('a', text)
            """)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")))
        bytes[2000] ^= 4
        #expect(damage(try folder.write("flipped-\(name)", bytes)) != nil)
    }

    @Test func aBombIsDamageAndStopsEarly() throws {
        let folder = try made(
            """
            inner = gzip.compress(bytes(80 << 20), 9)
            save('bomb.gz', gzip.compress(inner, 9))
            with zipfile.ZipFile('bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a', bytes(80 << 20))
            save('bomb.bz2', bz2.compress(bytes(80 << 20)))
            """)
        let wide = ArchiveLimits(memberBytes: 1 << 30, expansion: 2, slack: 16 << 20)
        for name in ["bomb.gz", "bomb.zip", "bomb.bz2"] {
            #expect(damage("\(folder.path)/\(name)", wide)?.contains("unpacks to more than") == true)
            let narrow = damage("\(folder.path)/\(name)", ArchiveLimits(memberBytes: 1 << 20))
            #expect(narrow?.contains("more than the 1048576 bytes") == true, "\(narrow ?? "no error")")
        }
    }

    @Test func archivesTooDeepInEachOtherAreDamage() throws {
        let folder = try made("data = b'x'\nfor n in range(9): data = gzip.compress(data)\nsave('deep.gz', data)")
        #expect(damage("\(folder.path)/deep.gz")?.contains("deep in each other") == true)
    }

    @Test func aMemberIsExtractedToANewFileOnly() throws {
        let folder = try made("save('t.tar.gz', tar([('a', text)], 'w:gz'))")
        let scanner = try ArchiveFile(path: "\(folder.path)/t.tar.gz", limits: limits).scanner()
        let member = try #require(try scanner.next())
        #expect(member.byteCount == 18_000)
        try member.extract(to: "\(folder.path)/a")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/a")).count == 18_000)
        #expect(throws: ReaderError.self) { try member.extract(to: "\(folder.path)/a") }
    }

    @Test func aTarWithoutItsEndMarkIsDamageEvenWhereNoMemberIsRead() throws {
        // Two members of 512 + 18432 bytes each, then the zeros.
        let folder = try made("save('cut.tar', tar([('a', text), ('b', text)])[:2 * (512 + 18432)])")
        let file = ArchiveFile(path: "\(folder.path)/cut.tar", limits: limits)
        #expect(throws: ReaderError.self) { try file.forEachMember { _ in .goOn } }
    }
}

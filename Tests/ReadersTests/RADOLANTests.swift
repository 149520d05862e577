import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct RADOLANTests {
    /// Python that makes RADOLAN files of 3 rows and 4 columns; the first cell is the number given.
    private static let making = """
        import array, bz2, gzip, io, os, tarfile
        def radolan(product, stamp, first, flags=0, lead=None, pr='E-02', interval=5, rows=3, cols=4, by=None, extra='', u=''):
            size = 2 if product not in ('RX', 'EX', 'WX') else 1
            cells = array.array('H' if size == 2 else 'B', [first] + [min(k, 200) for k in range(1, rows * cols)])
            if size == 2: cells[1] |= flags
            day, month, year = stamp[4:10], stamp[2:4], stamp[:2]
            vv = '' if lead is None else 'VV %03d' % lead
            def head(count):
                return ('%s%s10000%s%sBY%7d' % (product, day, month, year, count) + 'VS 3SW   2.21.0PR %sINT%4d%sGP%4dx%4d' % (
                    pr, interval, u, rows, cols) + vv + 'MF 00000000' + 'MS 13<asb,boo,ro> ' + extra).encode() + b'\\x03'
            body = cells.tobytes()
            count = len(head(0)) + len(body) if by is None else by
            return head(count) + body
        def name(product, stamp): return 'raa01-%s_10000-%s-dwd---bin' % (product.lower(), stamp)
        def stamps(day, count): return ['%s%02d%02d' % (day, k * 5 // 60, k * 5 % 60) for k in range(count)]
        def tar(members, mode='w'):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode=mode) as t:
                for n, data in members:
                    info = tarfile.TarInfo(n); info.size = len(data); t.addfile(info, io.BytesIO(data))
            return out.getvalue()
        def save(n, data): open(n, 'wb').write(data)

        """

    private func made(_ script: String) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try ArchivePython.run(Self.making + script, in: folder.path)
        return folder
    }

    private func readAll(
        _ folder: TemporaryFolder, _ settings: [String: String] = [:], frames: Int = 3
    ) throws -> (survey: Survey, sink: RainNetSink) {
        try RainNetSink.readAll([folder.path], settings, scratch: folder.path, frames: frames)
    }

    /// The first cell of each frame of a part.
    private func firsts(_ sink: RainNetSink, part: Int = 0) -> [Int] {
        let values = sink.values(Int16.self, part: part)
        return stride(from: 0, to: values.count, by: 12).map { Int(values[$0]) }
    }

    private func failure(_ folder: TemporaryFolder, _ settings: [String: String] = [:]) -> ReaderError? {
        do {
            _ = try readAll(folder, settings)
            return nil
        } catch { return error as? ReaderError }
    }

    @Test func flagsBecomeSignMissingAndCounts() throws {
        let folder = try made(
            """
            for k, flags in enumerate([0, 0x1000, 0x2000, 0x4000, 0x8000, 0xA000]):
                s = stamps('180701', 6)[k]; save(name('RY', s), radolan('RY', s, 4095, flags))
            """)
        let (_, sink) = try readAll(folder)
        let second = stride(from: 1, to: 72, by: 12).map { sink.values(Int16.self)[$0] }
        #expect(second == [1, 1, -32768, -1, 1, -32768])
        #expect(firsts(sink) == Array(repeating: 4095, count: 6))
        #expect(sink.tallies["cells with a negative value (flag 0x4000)"] == 1)
        #expect(sink.tallies["cells from a secondary source (flag 0x1000), value kept"] == 1)
        #expect(sink.tallies["cells of clutter (flag 0x8000), value kept"] == 2)
        let (_, other) = try readAll(folder, ["clutter": "missing"])
        #expect(
            stride(from: 1, to: 72, by: 12).map { other.values(Int16.self)[$0] } == [1, 1, -32768, -1, -32768, -32768])
    }

    @Test(arguments: [
        "plain.tar", "plain.tar.gz", "daily.tar", "gz.tar", "loose",
    ])
    func theSameFramesComeOutOfEveryPacking(_ packing: String) throws {
        let folder = try made(
            """
            days = ['180701', '180702']
            files = [[(name('RY', s), radolan('RY', s, 100 * d + k)) for k, s in enumerate(stamps(day, 12))] for d, day in enumerate(days)]
            all = files[0] + files[1]
            if '\(packing)' == 'plain.tar': save('m.tar', tar(all))
            if '\(packing)' == 'plain.tar.gz': save('m.tar.gz', tar(all, 'w:gz'))
            if '\(packing)' == 'daily.tar': save('m.tar', tar([(f'{d}.tar.gz', tar(f, 'w:gz')) for d, f in zip(days, files)]))
            if '\(packing)' == 'gz.tar': save('m.tar', tar([(n + '.gz', gzip.compress(f)) for n, f in all]))
            if '\(packing)' == 'loose':
                for k, (n, f) in enumerate(all): save(n + ('.gz' if k % 2 else ''), gzip.compress(f) if k % 2 else f)
            save('README.txt', b'about')
            """)
        for frames in [1, 7, 100] {
            let (survey, sink) = try readAll(folder, frames: frames)
            #expect(firsts(sink) == Array(0..<12) + Array(100..<112))
            #expect(survey.sequences[0].times[0].runs.count == 2 && sink.faults.isEmpty)
            #expect(survey.skipped.map(\.what) == ["README.txt"])
            #expect(survey.splitRule == .frameDates(validationFrom: 1_388_534_400, testFrom: 1_451_606_400))
        }
    }

    @Test func anArchiveOutOfOrderIsReadInOrderOfTime() throws {
        let folder = try made(
            """
            import random
            files = [(name('YW', s), radolan('YW', s, k)) for k, s in enumerate(stamps('180701', 40))]
            random.seed(3); random.shuffle(files)
            save('m.tar.gz', tar(files + [('other', radolan('RW', '1807010050', 9))], 'w:gz'))
            """)
        let (_, sink) = try readAll(folder, ["product": "yw"])
        #expect(firsts(sink) == Array(0..<40))
    }

    @Test func aForecastIsASequenceOfLeadTimes() throws {
        let folder = try made(
            """
            for start in ['1807010900', '1807010905']:
                members = [('DE1200_RV%s_%03d' % (start, v), radolan('RV', start, v, lead=v)) for v in range(0, 125, 5)]
                save('DE1200_RV%s.tar.bz2' % start, tar(members, 'w:bz2'))
            """)
        let (survey, sink) = try readAll(folder)
        #expect(survey.sequences.map(\.id) == ["rv/1807010900", "rv/1807010905"])
        #expect(survey.sequences[1].splitTime == 1_530_435_900 && survey.sequences[1].times[0].first == 1_530_435_900)
        #expect(survey.sequences.allSatisfy { $0.group == "2018-07-01" && $0.frameCount == 25 })
        #expect(survey.timeAxis.cadence == 300)
        #expect(firsts(sink, part: 0) == Array(stride(from: 0, to: 125, by: 5)))
        #expect(firsts(sink, part: 1) == Array(stride(from: 0, to: 125, by: 5)))
    }

    @Test func theSameTimeTwiceIsKeptInOrderOfName() throws {
        let folder = try made(
            "save('b', radolan('RY', '1807010000', 2)); save('a', radolan('RY', '1807010000', 1))")
        let (survey, sink) = try readAll(folder)
        #expect(firsts(sink) == [1, 2] && survey.sequences[0].times[0].runs.map(\.step) == [0])
    }

    @Test func aFactorAndAnIntervalOfAnotherKindAreUnderstood() throws {
        let folder = try made("save('a', radolan('RZ', '1807010000', 7, pr='E-01', interval=2, u='U1'))")
        let (survey, _) = try readAll(folder)
        #expect(survey.fields[0].scale == 0.1 && survey.fields[0].name == "rz" && survey.timeAxis.cadence == 172_800)
    }

    @Test(arguments: [
        ("by=99", "BY 99"), ("pr='F-02'", "no factor"), ("pr='E-99'", "no factor"), ("interval=0", "no interval"),
        ("rows=99999", "no grid"), ("extra='\\n'", "text header"), ("extra='x' * 5000", "text header"),
        ("lead=-1", "no minutes behind VV"),
    ])
    func aLyingHeaderIsDamageAndSaysWhatIsWrong(_ fault: String, _ words: String) throws {
        let folder = try made("save('a', radolan('RY', '1807010000', 7, \(fault)))")
        let error = try #require(failure(folder))
        #expect(error.code == .damaged && error.path?.hasSuffix("/a") == true)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test func impossibleDatesAndUnknownProductsAreDamage() throws {
        #expect(failure(try made("save('a', radolan('RY', '1813010000', 7))"))?.message.contains("no date") == true)
        #expect(failure(try made("save('a', radolan('RY', '1802300000', 7))"))?.message.contains("no date") == true)
        #expect(failure(try made("save('a', radolan('QQ', '1807010000', 7))"))?.message.contains("product QQ") == true)
    }

    @Test(arguments: ["", ".gz"]) func aFileCutOffAnywhereIsDamage(_ ending: String) throws {
        let folder = try made(
            "f = radolan('RY', '1807010000', 7); save('whole', f); save('whole.gz', gzip.compress(f))")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/whole\(ending)")))
        for length in 0..<bytes.count {
            let cut = TemporaryFolder()
            try cut.write("raa01-ry_10000-1807010000-dwd---bin", Array(bytes[..<length]))
            #expect(failure(cut)?.code == .damaged, "\(length) of \(bytes.count) bytes")
        }
        let longer = TemporaryFolder()
        try longer.write("a\(ending)", bytes + [1, 2, 3])
        #expect(failure(longer)?.code == .damaged)
    }

    @Test func framesOfUnlikeShapeAreRefusedNamingBoth() throws {
        let folder = try made(
            "save('a', radolan('RY', '1807010000', 1)); save('b', radolan('RY', '1807010005', 1, rows=4))")
        let error = try #require(failure(folder))
        #expect(error.message.contains("`a` is RY, 3x4") && error.message.contains("`b` is RY, 4x4"))
    }

    @Test func severalProductsAreRefusedUntilOneIsChosen() throws {
        let folder = try made("save('a', radolan('RX', '1807010000', 1)); save('b', radolan('RW', '1807010050', 1))")
        let error = try #require(failure(folder))
        #expect(error.code == .usage && error.message.contains("--set product=rw or rx"))
        #expect(try readAll(folder, ["product": "rx"]).survey.fields[0].units == "dBZ")
        #expect(failure(folder, ["product": "ry"])?.code == .notFound)
    }

    @Test(arguments: [
        "month.tar", "month.tar.gz", "a.gz", "raa01-ry_10000-1807010000-dwd---bin.gz", "DE1200_RV1807010000",
    ])
    func whatIsNamedLikeAnArchiveButIsNoneIsDamage(_ name: String) throws {
        let content = name == "month.tar.gz" ? "gzip.compress(b'no tar')" : "b'no archive'"
        let folder = try made("save('\(name)', \(content)); save('b', radolan('RY', '1807010005', 1))")
        #expect(failure(folder)?.code == .damaged)
    }

    @Test func anEmptyFolderIsNotFound() throws {
        #expect(failure(try made("save('a.txt', b'nothing of the kind')"))?.code == .notFound)
    }
}

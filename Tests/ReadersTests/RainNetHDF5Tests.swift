import Foundation
import Readers
import SpaceTime
import Testing

/// Odd and hostile HDF5 files made by h5py.
@Suite(.enabled(if: ArchivePython.virtual != nil, "needs the project's .venv with h5py; `make setup` makes it"))
struct RainNetHDF5Tests {
    private func made(_ script: String) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try ArchivePython.run("import h5py, numpy as np\n" + script, in: folder.path, with: ArchivePython.virtual)
        return folder
    }

    private func readAll(
        _ folder: TemporaryFolder, _ settings: [String: String] = [:]
    ) throws -> (survey: Survey, sink: RainNetSink) {
        try RainNetSink.readAll([folder.path], settings, scratch: folder.path)
    }

    private func failure(_ folder: TemporaryFolder, _ settings: [String: String] = [:]) throws -> ReaderError {
        do {
            _ = try readAll(folder, settings)
        } catch let error as ReaderError { return error }
        throw ArchivePython.Failure(description: "nothing was refused")
    }

    // MARK: RYDL

    @Test func oddNamesAreLeftOutAndReported() throws {
        let folder = try made(
            """
            with h5py.File('r.h5', 'w') as f:
                for n in ['201601010005', '201601010000', 'about', '201613010000', '2016010100', '201601010020']:
                    f[n] = np.full((2, 3), int(n[-2:]) if n.isdigit() else 0, np.float32)
                f['more/201601010000'] = 1
            """)
        let (survey, sink) = try readAll(folder)
        #expect(
            survey.variant == "rydl"
                && survey.sequences[0].times[0].values.map { $0 - 1_451_606_400 } == [0, 300, 1200])
        #expect(sink.values(Float.self) == [0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 20, 20, 20, 20, 20, 20])
        #expect(survey.skipped.map(\.what) == ["r.h5:2016010100", "r.h5:201613010000", "r.h5:about", "r.h5:more"])
    }

    @Test(arguments: ["f2", "f4", "f8", ">f4"]) func negativeAndMissingValuesBecomeNaNAndAreCounted(_ type: String)
        throws
    {
        let folder = try made(
            """
            with h5py.File('r.h5', 'w') as f:
                f['201601010000'] = np.array([[0, -0.5, np.nan], [2.5, -0.0, 1]], '\(type)')
            """)
        let (survey, sink) = try readAll(folder)
        #expect(survey.fields[0].element == (type == "f8" ? .float64 : .float32))
        let values = type == "f8" ? sink.values(Double.self) : sink.values(Float.self).map(Double.init)
        #expect(values.map { $0.isNaN ? -1 : $0 } == [0, -1, -1, 2.5, 0, 1])
        #expect(sink.tallies == ["cells without a value (NaN or fill)": 1, "negative cells, taken as missing": 1])
    }

    @Test func scaledIntegersKeepTheirTypeAndScale() throws {
        let folder = try made(
            """
            with h5py.File('r.h5', 'w') as f:
                for n in ['201601010000', '201601010005']:
                    f[n] = np.array([[0, -3, 150]], 'i2'); f[n].attrs['scale_factor'] = 0.01; f[n].attrs['_FillValue'] = np.int16(-1)
                f['201601010005'][0, 2] = -1
            """)
        let (survey, sink) = try readAll(folder)
        #expect(survey.fields[0].element == .int16 && survey.fields[0].scale == 0.01)
        #expect(survey.fields[0].missing == [.integer(-1)])
        #expect(sink.values(Int16.self) == [0, -1, 150, 0, -1, -1])
    }

    @Test(arguments: [
        ("np.zeros((3, 3), 'f4')", "3x3 float32"), ("np.zeros((2, 3), 'f8')", "2x3 float64"),
        ("np.zeros((2, 3, 1), 'f4')", "2 axes are needed"), ("b'text'", "does not hold numbers"),
    ])
    func anArrayOfAnotherKindIsRefusedNamingBoth(_ array: String, _ words: String) throws {
        let folder = try made(
            """
            with h5py.File('r.h5', 'w') as f:
                f['201601010000'] = np.zeros((2, 3), 'f4'); f['201601010005'] = \(array)
            """)
        let error = try failure(folder)
        #expect(error.code == .damaged && error.path?.contains("201601010005") == true)
        #expect(error.message.contains(words), "\(error)")
    }

    @Test func linksToOtherFilesAreRefused() throws {
        let folder = try made(
            """
            with h5py.File('r.h5', 'w') as f:
                f['201601010000'] = np.zeros((2, 3), 'f4'); f['201601010005'] = h5py.ExternalLink('/etc/passwd', '/x')
            """)
        #expect(try failure(folder).code == .damaged)
    }

    @Test func manyThousandNamesAreSurveyedQuickly() throws {
        let folder = try made(
            """
            from datetime import datetime, timedelta
            with h5py.File('r.h5', 'w', libver='latest') as f:
                t = datetime(2010, 1, 1)
                for k in range(20000): f.create_dataset((t + timedelta(minutes=5 * k)).strftime('%Y%m%d%H%M'), data=np.float32([[k]]))
            """)
        let clock = ContinuousClock()
        let location = Location(paths: [folder.path], scratch: folder.path, threads: 2)
        var source: (any SurveyedSource)?
        let time = try clock.measure { source = try RainNetReader(ReaderSettings()).survey(location) }
        #expect(time < .seconds(10), "\(time)")
        let found = try #require(source)
        #expect(found.survey.sequences[0].times[0].runs == [.init(start: 1_262_304_000, step: 300, count: 20_000)])
        let sink = RainNetSink(found.survey, frames: 50)
        try found.read([FrameRange(sequence: 0, frames: 19_000..<20_000)], into: sink)
        #expect(sink.values(Float.self) == (19_000..<20_000).map(Float.init))
    }

    // MARK: ODIM

    private static let odim = """
        def odim(name, time, quantity='RATE', gain=0.1, offset=0.0, nodata=65535.0, undetect=0.0, cells=None, **more):
            with h5py.File(name, 'w') as f:
                g = f.create_group('dataset1/data1')
                g['data'] = np.arange(6, dtype='u2').reshape(2, 3) if cells is None else cells
                w = g.create_group('what')
                for k, v in dict(gain=gain, offset=offset, nodata=nodata, undetect=undetect, quantity=quantity, **more).items():
                    if v is not None: w.attrs[k] = np.bytes_(v) if isinstance(v, str) else v
                w = f.create_group('dataset1/what')
                if time: w.attrs['startdate'] = np.bytes_(time[:8]); w.attrs['starttime'] = np.bytes_(time[8:])

        """

    @Test func undetectIsKeptApartFromNoData() throws {
        let folder = try made(
            Self.odim + """
                odim('b.h5', '20251203070500', undetect=1.0, offset=-32.0, quantity='DBZH')
                odim('a.h5', '20251203071000', undetect=1.0, offset=-32.0, quantity='DBZH')
                odim('c.h5', '20251203070000', undetect=1.0, offset=-32.0, quantity='DBZH')
                """)
        let (survey, sink) = try readAll(folder)
        let field = survey.fields[0]
        #expect(field.name == "dbzh" && field.units == "dBZ" && field.offset == -32 && field.rowOrder == .northFirst)
        #expect(field.missing == [.integer(65_535)] && field.attributes["undetect"] == .integer(1))
        #expect(survey.notes.contains { $0.contains("`undetect`") })
        #expect(survey.timeAxis.cadence == 300 && survey.sequences[0].times[0].first == 1_764_745_200)
        #expect(sink.values(UInt16.self) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    }

    @Test(arguments: [
        ("gain=None", "gain"), ("gain=0.0", "gain"), ("offset=float('nan')", "offset"), ("quantity=''", "quantity"),
        ("cells=np.zeros((2, 3, 1), 'u2')", "2 axes"), ("cells=np.zeros((0, 3), 'u2')", "2 axes"),
    ])
    func aGridThatIsNotExplainedIsDamage(_ fault: String, _ words: String) throws {
        let error = try failure(try made(Self.odim + "odim('a.h5', '20251203070500', \(fault))"))
        #expect(error.code == .damaged && error.message.contains(words), "\(error)")
    }

    @Test(arguments: ["", "20251203", "20251303070500", "2025120307", "abcdefgh070500"])
    func aGridWithoutARealTimeIsDamage(_ time: String) throws {
        #expect(try failure(try made(Self.odim + "odim('a.h5', '\(time)')")).code == .damaged)
    }

    @Test func unlikeGridsAndSeveralQuantitiesAreRefused() throws {
        let folder = try made(
            Self.odim + "odim('a.h5', '20251203070500'); odim('b.h5', '20251203071000', cells=np.zeros((4, 4), 'u2'))")
        #expect(try failure(folder).message.contains("2x3"))
        let other = try made(
            Self.odim + "odim('a.h5', '20251203070500'); odim('b.h5', '20251203071000', quantity='TH')")
        #expect(try failure(other).message.contains("rate, th"))
        #expect(try readAll(other, ["quantity": "th"]).survey.sequences.map(\.id) == ["th"])
        #expect(try failure(other, ["quantity": "vrad"]).code == .usage)
    }

    // MARK: The downscaling set

    @Test func aMonthWithoutAMonthsNameIsDamage() throws {
        let folder = try made(
            "with h5py.File('x.hdf5', 'w') as f: f['highres'] = np.zeros((6, 6, 4)); f['lowres'] = np.zeros((2, 2, 4))")
        #expect(try failure(folder).message.contains("YYYY_MM"))
        let uneven = try made(
            "with h5py.File('2002_07.hdf5', 'w') as f: f['highres'] = np.zeros((6, 6, 4)); f['lowres'] = np.zeros((2, 2, 3))"
        )
        #expect(try failure(uneven).message.contains("4 hours"))
    }

    @Test func patchesMustBeAsManyAsTheFileSays() throws {
        for script in ["f['__len__'] = 3", "f['__len__'] = 2; f['7hr'] = np.zeros((2, 4, 4))"] {
            let folder = try made(
                """
                with h5py.File('p.h5', 'w') as f:
                    for k in range(2): f[f'{k}hr'] = np.zeros((2, 4, 4)); f[f'{k}lr'] = np.zeros((2, 2, 2))
                    \(script)
                """)
            #expect(try failure(folder).code == .damaged)
        }
    }

    @Test func monthsComeInOrderAndEachOnlyOnce() throws {
        let script = """
            import os
            for n in ['b/2002_07', 'a/2003_07', 'c/2002_07']:
                os.makedirs(n[0], exist_ok=True)
                with h5py.File(n + '.hdf5', 'w') as f: f['highres'] = np.ones((6, 6, 4)); f['lowres'] = np.ones((2, 2, 4))
            """
        #expect(try failure(made(script)).message.contains("two sequences of one ID"))
        let (survey, _) = try readAll(made(script.replacingOccurrences(of: ", 'c/2002_07'", with: "")))
        #expect(survey.sequences.map(\.id) == ["2002_07", "2003_07"] && survey.sequences[0].group == "2002")
        #expect(survey.sequences[1].times[0].runs == [.init(start: 1_057_017_600, step: 3600, count: 4)])
    }

    // MARK: All variants

    @Test func variantsLyingTogetherAreRefusedUntilOneIsChosen() throws {
        let folder = try made(
            Self.odim + """
                odim('a.h5', '20251203070500')
                with h5py.File('r.h5', 'w') as f: f['201601010000'] = np.zeros((2, 3), 'f4')
                with h5py.File('x.h5', 'w') as f: f['nothing'] = 1
                """)
        let error = try failure(folder)
        #expect(error.code == .usage && error.message.contains("odim (`a.h5`), rydl (`r.h5`)"))
        let (survey, _) = try readAll(folder, ["variant": "rydl"])
        #expect(survey.variant == "rydl" && survey.sources.map(\.name) == ["r.h5"])
        #expect(survey.skipped.map(\.what) == ["a.h5", "x.h5"])
        #expect(try failure(folder, ["variant": "radolan"]).code == .notFound)
    }

    @Test(arguments: [
        "rainnet-float16/rydl.hdf5", "rainnet-odim/composite_rv_20251203_0700_000-hd5", "rainnet-chen/2012_07.hdf5",
        "rainnet-chen-patches/patches.hdf5", "rainnet-rv/DE1200_RV1807010000.tar.bz2",
        "rainnet-tar/YW2017.002_201708.tar",
    ])
    func aSampleCutOffAnywhereIsRefusedOrWhole(_ name: String) throws {
        let path = "\(ArchivePython.root)/sample-data/\(name)"
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let scratch = TemporaryFolder()
        let whole = try RainNetSink.readAll([path], scratch: scratch.path).sink.parts.map(\.bytes)
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 12)) {
            let folder = TemporaryFolder()
            let file = String(name.split(separator: "/").last ?? "")
            try folder.write(file, Array(bytes[..<length]))
            guard let (_, sink) = try? readAll(folder) else { continue }
            #expect(sink.parts.map(\.bytes) == whole, "\(length) of \(bytes.count) bytes")
        }
    }
}

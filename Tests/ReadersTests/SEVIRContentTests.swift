import Foundation
import Readers
import SpaceTime
import Testing

/// SEVIR files made by h5py for one purpose each.
@Suite struct SEVIRContentTests {
    let folder = TemporaryFolder()

    private func source(_ set: [String: String] = [:]) throws -> any SurveyedSource {
        let reader = try SEVIRReader(ReaderSettings(set, options: SEVIRReader.options, format: "sevir"))
        return try reader.survey(Location(paths: ["\(folder.path)/set"], scratch: folder.path, threads: 2))
    }

    private func read(_ source: any SurveyedSource, capacity: Int) throws -> HashingSink {
        let sink = try HashingSink(source.survey, folder, capacity: capacity)
        let parts = source.survey.sequences.indices.map {
            FrameRange(sequence: $0, frames: 0..<source.survey.sequences[$0].frameCount)
        }
        try source.read(parts, into: sink)
        return sink
    }

    static let catalogue = """
        import h5py, numpy as np, os, hashlib
        rng = np.random.default_rng(3)
        os.makedirs('set/data/vil/2018'); os.makedirs('set/data/lght/2018')
        minutes = ':'.join(str(-120 + 5 * k) for k in range(49))
        rows = ['id,file_name,file_index,img_type,time_utc,minute_offsets,data_max,pct_missing']
        def row(*fields): rows.append(','.join(map(str, fields)))
        def finish(): open('set/CATALOG.csv', 'w').write('\\n'.join(rows))

        """

    @Test(arguments: [4, 100])
    func lightningIsCountedAsTheOfficialCodeDoesIt(capacity: Int) throws {
        let script =
            Self.catalogue + """
                edges = np.arange(-120.0, 125.0, 5) * 60
                def grid(flashes):  # eie-sevir, sevir/generator.py, _lght_to_grid
                    shape = (48, 48, 49)
                    good = np.isfinite(flashes[:, [0, 3, 4]]).all(axis=1)
                    flashes = flashes[good]
                    x, y = flashes[:, 3], flashes[:, 4]
                    flashes = flashes[(x >= 0) & (x < 48) & (y >= 0) & (y < 48)]
                    frame = np.digitize(flashes[:, 0], edges) - 1
                    frame[frame == -1] = 0
                    place = np.ravel_multi_index((flashes[:, 4].astype(int), flashes[:, 3].astype(int), frame), shape)
                    return np.bincount(place, minlength=np.prod(shape)).reshape(shape)
                hashes = hashlib.sha256()
                with h5py.File('set/data/lght/2018/L.h5', 'w') as file:
                    for index, kind in enumerate(['f4', 'f8', 'f2']):
                        flashes = rng.uniform(-5, 53, (70000 if index == 1 else 3000, 5))
                        flashes[:, 0] = rng.choice([-8000.0, -7200, -7200.5, -6900, -1e-30, 0, 299.9, 300, 7199, 7200, 9000], len(flashes))
                        flashes[3, 0], flashes[4, 3], flashes[5, 4], flashes[6, 1] = np.nan, np.inf, -np.inf, np.nan
                        if index == 1: flashes[100:66000, 3:], flashes[100:66000, 0] = 7.5, 10
                        flashes = flashes.astype(kind)
                        file[f'S{index}'] = flashes
                        counts = np.minimum(grid(flashes.astype('f8')), 65535)
                        hashes.update(np.moveaxis(counts, 2, 0).astype('<u2').tobytes())
                        row(f'S{index}', 'lght/2018/L.h5', 0, 'lght', '2018-03-04 12:00:00', '', 12345, '')
                    file.create_dataset('S3', (0, 5), 'f4')
                    row('S3', 'lght/2018/L.h5', 0, 'lght', '2018-03-04 12:00:00', '', 0, '')
                hashes.update(bytes(48 * 48 * 49 * 2))
                finish()
                open('digest', 'w').write(hashes.hexdigest())
                """
        guard try ArrayPython.run(script, in: folder) else { return }
        let source = try source(["type": "lght"])
        let sink = try read(source, capacity: capacity)
        #expect(try sink.digest(ofField: 0) == (try String(contentsOfFile: "\(folder.path)/digest", encoding: .utf8)))
        #expect(sink.tallies["flashes without a finite time or place, dropped"] == 9)
        #expect((sink.tallies["flashes beyond 65535 in one cell and frame, dropped"] ?? 0) > 300)
        #expect(source.survey.fields[0].missing.isEmpty)
    }

    @Test func anEventWhoseLargestCodeIsNotTheCataloguesIsCounted() throws {
        let script =
            Self.catalogue + """
                data = rng.integers(0, 200, (3, 9, 9, 49)).astype('u1')
                data[:, 0, 0, 0] = 210
                data[1, 3] = 255
                with h5py.File('set/data/vil/2018/V.h5', 'w') as file:
                    file['vil'] = data
                    file['id'] = np.array(['S0', 'S1', 'S2'], 'S10')
                for index, largest in enumerate([210, 210, 254]):
                    row(f'S{index}', 'vil/2018/V.h5', index, 'vil', '2018-03-04 12:00:00', minutes, largest, 0)
                finish()
                """
        guard try ArrayPython.run(script, in: folder) else { return }
        for capacity in [5, 49] {
            let sink = try read(try source(), capacity: capacity)
            #expect(sink.tallies == ["events whose largest VIL code is not the catalogue's data_max": 1])
        }
    }

    @Test(arguments: [
        (
            "file['vil'] = np.zeros((2, 9, 49), 'u1'); file['id'] = np.array(['S0', 'S1'], 'S10')",
            "event, row, column, frame"
        ),
        ("file['vil'] = np.zeros((2, 9, 9, 49), 'u1'); file['id'] = np.array(['S0'], 'S10')", "1 ids for 2 events"),
        ("file['vil'] = np.array(['x'], 'S3'); file['id'] = np.array(['S0'], 'S10')", "event, row, column, frame"),
        ("file['vir'] = np.zeros((2, 9, 9, 49), 'u1')", "no such dataset"),
        ("file['vil'] = h5py.ExternalLink('other.h5', 'vil')", "another file"),
    ])
    func aFileOfAnotherMakeIsRefused(_ content: String, _ words: String) throws {
        let script =
            Self.catalogue + """
                with h5py.File('set/data/vil/2018/V.h5', 'w') as file:
                    \(content)
                row('S0', 'vil/2018/V.h5', 0, 'vil', '2018-03-04 12:00:00', minutes, 3, 0)
                finish()
                """
        guard try ArrayPython.run(script, in: folder) else { return }
        let error = #expect(throws: ReaderError.self) { try source() }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.path?.contains("V.h5") == true)
    }

    @Test func filesOfUnlikeSizeAreRefusedNamingBoth() throws {
        let script =
            Self.catalogue + """
                for index, size in enumerate([9, 8]):
                    with h5py.File(f'set/data/vil/2018/V{index}.h5', 'w') as file:
                        file['vil'] = np.zeros((1, size, size, 49), 'u1')
                        file['id'] = np.array([f'S{index}'], 'S10')
                    row(f'S{index}', f'vil/2018/V{index}.h5', 0, 'vil', '2018-03-04 12:00:00', minutes, 0, 0)
                finish()
                """
        guard try ArrayPython.run(script, in: folder) else { return }
        let error = #expect(throws: ReaderError.self) { try source() }
        #expect(error?.description.contains("V0.h5") == true && error?.description.contains("V1.h5") == true)
    }

    @Test(.enabled(if: RealData.isThere("sevir"), RealData.comment))
    func theRealCatalogueFromASpreadsheetIsRead() throws {
        let script = """
            import csv, h5py, numpy as np, os
            path = 'set/data/vil/2019/SEVIR_VIL_STORMEVENTS_2019_0101_0630.h5'
            os.makedirs(os.path.dirname(path))
            rows = list(csv.DictReader(open('\(RealData.path("sevir/CATALOG_vil_stormevents_2019h1.csv"))', encoding='utf-8-sig')))
            os.symlink('\(RealData.path("sevir/CATALOG_vil_stormevents_2019h1.csv"))', 'catalogue')
            open('set/CATALOG_vil_stormevents_2019h1.csv', 'wb').write(open('catalogue', 'rb').read())
            rows.sort(key=lambda row: int(row['file_index']))
            assert [int(row['file_index']) for row in rows] == list(range(851))
            data = np.zeros((851, 4, 4, 49), 'u1')
            for index, row in enumerate(rows):
                data[index] = np.random.default_rng(index).integers(0, int(float(row['data_max'] or 9)) + 1, (4, 4, 49))
                data[index, 1, 2, 5] = int(float(row['data_max'] or 9))
            with h5py.File(path, 'w') as file: file.create_dataset('vil', data=data, track_times=True)
            with h5py.File(path, 'a') as file: file['id'] = np.array([row['id'] for row in rows], 'S10')
            import hashlib
            open('digest', 'w').write(hashlib.sha256(np.ascontiguousarray(np.moveaxis(data, 3, 1)).tobytes()).hexdigest())
            """
        guard try ArrayPython.run(script, in: folder) else { return }
        let source = try source()
        let survey = source.survey
        #expect(survey.sequences.count == 851 && survey.skipped.isEmpty)
        #expect(survey.sequences[0].id == "S834603" && survey.sequences[850].id == "S843100")
        #expect(survey.sequences[0].times[0].first == Int64(1_557_678_600))
        #expect(survey.sequences[0].attributes["event_type"] == .text("Flood"))
        let axis = survey.timeAxis
        let gaps = survey.sequences.filter {
            FrameFlags.derived(from: $0.times[0], axis: axis).contains { !$0.isEmpty }
        }
        #expect(gaps.isEmpty)
        let sink = try read(source, capacity: 11)
        #expect(try sink.digest(ofField: 0) == (try String(contentsOfFile: "\(folder.path)/digest", encoding: .utf8)))
        #expect(sink.tallies.isEmpty)
    }
}

import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct TaxiBJYearTests {
    let folder = TemporaryFolder()

    private func source(_ paths: [String], _ set: [String: String] = [:]) throws -> any SurveyedSource {
        let reader = try TaxiBJReader(ReaderSettings(set, options: TaxiBJReader.options, format: "taxibj"))
        return try reader.survey(Location(paths: paths, scratch: folder.path, threads: 2))
    }

    private func read(_ source: any SurveyedSource, capacity: Int = 100) throws -> HashingSink {
        let sink = try HashingSink(source.survey, folder, capacity: capacity)
        let parts = source.survey.sequences.indices.map {
            FrameRange(sequence: $0, frames: 0..<source.survey.sequences[$0].frameCount)
        }
        try source.read(parts, into: sink)
        return sink
    }

    /// Makes `set/BJ13_M3x2_T30_InOut.h5` from labels; `before` and `after` are lines of Python.
    private func make(_ labels: String, after: String = "") throws -> Bool {
        let script = """
            import h5py, numpy as np, os, hashlib
            rng = np.random.default_rng(5)
            os.makedirs('set', exist_ok=True)
            def write(name, labels, shape=(3, 2)):
                labels = list(labels)
                data = rng.integers(0, 900, (len(labels), 2, *shape)).astype('f8')
                with h5py.File(f'set/{name}', 'w') as file:
                    chunk = max(1, len(labels) // 8)
                    file.create_dataset('data', data=data, **(dict(chunks=(chunk, 1, *shape), compression='gzip') if len(labels) else {}))
                    file['date'] = np.array(labels, 'S10')
                return data
            def day(date, slots=range(1, 49)): return [f'{date}{slot:02}' for slot in slots]
            def digest(data): open('digest', 'w').write(hashlib.sha256(np.ascontiguousarray(data).tobytes()).hexdigest())
            labels = \(labels)
            data = write('BJ13_M3x2_T30_InOut.h5', labels)
            \(after.replacingOccurrences(of: "\n", with: "\n"))
            """
        return try ArrayPython.run(script, in: folder)
    }

    private var digest: String { get throws { try String(contentsOfFile: "\(folder.path)/digest", encoding: .utf8) } }

    @Test func holesShowInTheTimesAndDaysCutShortCanBeLeftOut() throws {
        let after = "keep = [i for i, label in enumerate(labels) if label[:8] != '20130702']\ndigest(data[keep])"
        let labels = "day('20130701') + day('20130702', range(1, 30)) + day('20130704')"
        guard try make(labels, after: after) else { return }
        let all = try source(["\(folder.path)/set"]).survey
        let times = all.sequences[0].times[0].values
        #expect(times.count == 125 && times[0] == Int64(1_372_636_800) && times[1] - times[0] == 1800)
        let flags = FrameFlags.derived(from: all.sequences[0].times[0], axis: all.timeAxis)
        #expect(flags.indices.filter { flags[$0] == .gapBefore } == [77])
        #expect(all.timeAxis.utcOffsetMinutes == 480 && all.splitRule == .lastDays(validation: 28, test: 28))
        let complete = try source(["\(folder.path)/set"], ["days": "complete"])
        #expect(complete.survey.frameCount == 96)
        #expect(complete.survey.skipped.contains { $0.what == "1 day of BJ13" })
        #expect(try read(complete).digest(ofField: 0) == (try digest))
    }

    @Test func daysThatOccurTwiceAndOutOfOrderAreSortedByTimeThenPosition() throws {
        let labels = "day('20130703') + day('20130701') + day('20130703') + day('20130702')"
        let after = "digest(data[sorted(range(len(labels)), key=lambda i: (labels[i], i))])"
        guard try make(labels, after: after) else { return }
        for capacity in [7, 1000] {
            let source = try source(["\(folder.path)/set"])
            #expect(try read(source, capacity: capacity).digest(ofField: 0) == (try digest))
            let flags = FrameFlags.derived(from: source.survey.sequences[0].times[0], axis: source.survey.timeAxis)
            #expect(flags.filter { $0 == .duplicate }.count == 48)
            #expect(source.survey.notes.contains { $0.contains("Not in order") })
        }
    }

    @Test func negativeFlowsStayAndAreCounted() throws {
        let after =
            "with h5py.File('set/BJ13_M3x2_T30_InOut.h5', 'a') as file: file['data'][5, 1] = -1; digest(file['data'][:])"
        guard try make("day('20130701')", after: after) else { return }
        let sink = try read(try source(["\(folder.path)/set"]))
        #expect(sink.tallies == ["negative flows, kept as they are": 6])
        #expect(try sink.digest(ofField: 0) == (try digest))
    }

    @Test func weatherIsThatOfTheSlotBefore() throws {
        let after = """
            slots = day('20130630', range(48, 49)) + day('20130701', range(1, 47))
            with h5py.File('set/BJ_Meteorology.h5', 'w') as file:
                file['date'] = np.array(slots, 'S10')
                file['Temperature'] = np.arange(47) / 2
                file['WindSpeed'] = np.arange(47) * 3.0
                file['Weather'] = np.eye(17)[np.arange(47) % 17]
            open('set/BJ_Holiday.txt', 'w').write('20130702\\r\\n\\r\\n20140101\\r\\n')
            """
        guard try make("day('20130701') + day('20130702', [1])", after: after) else { return }
        let source = try source(["\(folder.path)/set"])
        #expect(source.survey.covariates.map(\.name) == ["temperature", "wind_speed", "weather", "holiday"])
        #expect(source.survey.covariates.map(\.width) == [1, 1, 17, 1])
        let values = try #require(try read(source).covariates.first)
        let temperature: [Double] = (0..<47).map { Double($0) / 2 }
        #expect(Array(values[0].prefix(47)) == temperature && values[0][47].isNaN && values[0][48].isNaN)
        #expect(values[1][46] == 138 && values[2][17 * 20 + 3] == 1 && values[2][17 * 20 + 4] == 0)
        #expect(values[2][(17 * 47)...].allSatisfy { $0.isNaN })
        #expect(values[3] == [Double](repeating: 0, count: 48) + [1])
        #expect(source.survey.sources.map(\.name) == ["BJ13_M3x2_T30_InOut.h5", "BJ_Holiday.txt", "BJ_Meteorology.h5"])
        let sink = try HashingSink(source.survey, folder, capacity: 3)
        try source.read([FrameRange(sequence: 0, frames: 10..<12)], into: sink)
        #expect(sink.covariates[0][0] == [5, 5.5])
    }

    @Test(arguments: [
        ("day('20130701', range(0, 49))", "slots run from 0 to 48"),
        ("day('20130701', range(1, 50))", "slots run from 1 to 49"),
        ("day('20130732')", "YYYYMMDDSS is needed"), ("['2013070a01']", "YYYYMMDDSS is needed"),
        ("['']", "YYYYMMDDSS is needed"),
        ("day('20130701', range(48, 49))[:0]", "holds no slot"),
    ])
    func labelsThatAreNoSlotsAreRefused(_ labels: String, _ words: String) throws {
        guard try make(labels) else { return }
        let error = #expect(throws: ReaderError.self) { try source(["\(folder.path)/set"]) }
        #expect(error?.code == .damaged && error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("write('NYC10_M3x2_T60_InOut.h5', day('20100101', range(24)))", "another city"),
        ("write('BJ14_M4x4_T30_InOut.h5', day('20140101'), (4, 4))", "give files of one kind"),
        ("os.makedirs('set/copy'); write('copy/BJ13_M3x2_T30_InOut.h5', day('20140101'))", "called BJ13 like"),
        (
            "h5py.File('set/BJ13_M3x2_T30_InOut.h5', 'a').__delitem__('date'); h5py.File('set/BJ13_M3x2_T30_InOut.h5', 'a')['date'] = np.array(['2013070101'], 'S10')",
            "for 48 slots"
        ),
        ("open('set/BJ_Holiday.txt', 'w').write('yesterday')", "line 1 is `yesterday`"),
        (
            "h5py.File('set/BJ_Meteorology.h5', 'w').update(date=np.array(labels, 'S10'), Temperature=np.zeros(3), WindSpeed=np.zeros(3), Weather=np.zeros((3, 17)))",
            "`date` makes it"
        ),
    ])
    func filesThatDoNotBelongTogetherAreRefused(_ after: String, _ words: String) throws {
        guard try make("day('20130701')", after: after) else { return }
        let error = #expect(throws: ReaderError.self) { try source(["\(folder.path)/set"]) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func aPickledListIsRefusedAloneAndPassedOverBesideFlows() throws {
        let path = "\(ExpectedContent.root("sample"))/taxibj-pickled"
        let error = #expect(throws: ReaderError.self) { try source([path]) }
        #expect(error?.code == .damaged && error?.message.contains("pickled") == true)
        #expect(error?.path?.hasSuffix("TaxiBJ_timestamps.npy") == true)
        let both = try source([path, "\(ExpectedContent.root("sample"))/taxibj"]).survey
        #expect(both.skipped.contains { $0.what == "TaxiBJ_timestamps.npy" && $0.reason.contains("pickled") })
    }

    @Test func labelsBesideUndatedYearsDateThem() throws {
        let sample = "\(ExpectedContent.root("sample"))/taxibj-dltraff"
        let undated = try source([sample]).survey
        #expect(undated.timeAxis.kind == .counter && undated.notes.contains { $0.contains("TaxiBJ_timestamps.txt") })
        try FileManager.default.copyItem(atPath: sample, toPath: "\(folder.path)/set")
        func day(_ date: String) -> String { (1...48).map { date + ($0 < 10 ? "0" : "") + "\($0)\n" }.joined() }
        let labels = [
            day("20130701") + day("20130705"), day("20140301"), day("20150301"), day("20151101") + day("20160410"),
        ].joined(separator: "\n")
        try folder.write("set/TaxiBJ_timestamps.txt", Array(labels.utf8))
        let dated = try source(["\(folder.path)/set"]).survey
        #expect(dated.timeAxis == TimeAxis(kind: .clock, utcOffsetMinutes: 480, cadence: 1800))
        let year = try #require(dated.sequences.last)
        #expect(
            year.id == "TaxiBJ16" && year.times[0].first == Int64(1_446_336_000)
                && year.times[0].last == Int64(1_460_331_000))
        try folder.write("set/TaxiBJ_timestamps.txt", Array(labels.dropLast(11).utf8))
        let error = #expect(throws: ReaderError.self) { try source(["\(folder.path)/set"]) }
        #expect(error?.message.contains("95 labels for the 96 slots of TaxiBJ16") == true)
    }

    @Test func externalFactorsAreCovariates() throws {
        let source = try source(["\(ExpectedContent.root("sample"))/taxibj-urbanfm"])
        #expect(source.survey.covariates.map(\.width) == [7] && source.survey.timeAxis.cadence == nil)
        let sink = try read(source)
        let script = "import numpy as np; print(np.load('P2/train/ext.npy')[4, 2])"
        guard let python = ArchivePython.virtual else { return }
        let printed = try ArchivePython.run(
            script, in: "\(ExpectedContent.root("sample"))/taxibj-urbanfm", with: python)
        let index = try #require(source.survey.sequences.firstIndex { $0.id == "P2/train" })
        #expect(sink.covariates[index][0][4 * 7 + 2] == Double(printed.split(separator: "\n")[0]))
    }

    @Test func filesCutAnywhereAreRefused() throws {
        for (sample, name) in [
            ("taxibj-nyc", "NYC13_Taxi_M16x8_T60_InOut.h5"), ("taxibj-predbench", "val.npy"),
            ("taxibj-openstl", "dataset.npz"),
        ] {
            let bytes = try Data(
                contentsOf: URL(fileURLWithPath: "\(ExpectedContent.root("sample"))/\(sample)/\(name)"))
            for count in [0, 5, 64, 900, bytes.count / 2, bytes.count - 30] {
                let path = try folder.write("cut/\(name)", Array(bytes.prefix(count)))
                let error = #expect(throws: (any Error).self, "\(name) cut at \(count)") {
                    try self.read(try self.source([path]))
                }
                #expect(
                    (error as? ReaderError)?.code == .damaged || (error as? ReaderError)?.code == .notFound,
                    "\(name) \(count): \(String(describing: error))")
            }
        }
    }
}

import ArrayFiles
import Foundation
import SpaceTime
import Testing

@testable import Readers

struct ArrayReaderTests {
    let folder = TemporaryFolder()

    @Test(arguments: ["Attention_map", "burgers", "labels", "preds", "stgasnet-test", "stgasnet-train"])
    func realFilesAreReadAsOtherProgramsReadThem(name: String) throws {
        _ = try ArrayFixture.named("array-" + name, "real").check(ArrayReader.self, kind: "real")
    }

    @Test func realFilesOfOneFrameEachFormOneSequence() throws {
        let survey = try ArrayFixture.named("array-knmi", "real").check(
            ArrayReader.self, kind: "real", sequencesToo: false)
        guard let survey else { return }
        #expect(survey.sequences.map(\.id) == ["RAD_NL25_RAP_5min"] && survey.sequences[0].frameCount == 13)
        #expect(survey.splitRule == .time(.init(train: 80, validation: 10, test: 10)))
    }

    @Test(arguments: ["array", "array-hdf5", "array-mat5", "array-mat73", "array-npz", "array-nuwa"], [1, 7])
    func sampleFilesAreReadAsOtherProgramsReadThem(name: String, capacity: Int) throws {
        _ = try ArrayFixture.named(name, "sample").check(ArrayReader.self, kind: "sample", capacity: capacity)
    }

    private func read(_ script: String, _ settings: [String: String] = [:]) throws -> (survey: Survey, sink: ArraySink)?
    {
        guard try ArrayPython.run("import numpy as np, h5py, os\n" + script, in: folder) else { return nil }
        let checked = try ReaderSettings(settings, options: ArrayReader.options, format: "array")
        let scratch = TemporaryFolder()
        let source = try ArrayReader(checked).survey(Location(paths: [folder.path], scratch: scratch.path, threads: 2))
        let sink = ArraySink(source.survey, frames: 2)
        let all = source.survey.sequences
        try source.read(all.indices.map { FrameRange(sequence: $0, frames: 0..<all[$0].frameCount) }, into: sink)
        #expect(sink.faults.isEmpty)
        return (source.survey, sink)
    }

    @Test func inputAndTargetAreJoinedInTimeAndKeepTheirSplit() throws {
        let script = """
            a = np.arange(2 * 3 * 4, dtype='f4').reshape(2, 3, 1, 2, 2)
            np.savez_compressed('d.npz', X_train=a, Y_train=a + 100, X_test=a[:1], Y_test=a[:1] + 100)
            """
        let join = "X_train,Y_train;X_test,Y_test"
        guard let (survey, sink) = try read(script, ["join": join]) else { return }
        #expect(survey.sequences.map(\.id) == ["d/X_test/0", "d/X_train/0", "d/X_train/1"])
        #expect(survey.sequences.map(\.frameCount) == [6, 6, 6] && survey.splitRule == .source)
        #expect(survey.sequences.map(\.split) == [.test, .train, .train])
        let values = sink.bytes[0].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let want: [Float] = Array(0..<12).map(Float.init) + Array(100..<112).map(Float.init)
        #expect(Array(values[..<24]) == want)
    }

    @Test func filesNamedBySplitLabelTheirSequences() throws {
        let script = """
            for n, name in enumerate(['train', 'val', 'test']): np.save(name + '.npy', np.full((3 - n, 2, 1, 4, 4), n, 'u1'))
            """
        guard let (survey, _) = try read(script) else { return }
        #expect(survey.sequences.map(\.id) == ["test/0", "train/0", "train/1", "train/2", "val/0", "val/1"])
        #expect(survey.sequences.map(\.split) == [.test, .train, .train, .train, .validation, .validation])
        #expect(survey.splitRule == .source && survey.variant == "npy")
    }

    @Test func npyFilesOfFoldersAreJoined() throws {
        let script = """
            for name in ['train', 'test']:
                os.makedirs('set/' + name)
                np.save(f'set/{name}/X_c.npy', np.zeros((4, 2, 1, 3, 3))); np.save(f'set/{name}/Y.npy', np.ones((4, 1, 1, 3, 3)))
            """
        guard let (survey, _) = try read(script, ["join": "X_c,Y"]) else { return }
        #expect(
            survey.sequences.count == 8 && survey.sequences[0].id == "test/0" && survey.sequences[7].id == "train/3")
        #expect(survey.sequences[0].split == .test && survey.sequences[0].frameCount == 3)
    }

    @Test func settingsSayWhatTheNumbersMean() throws {
        let settings = [
            "axes": "HWT", "scale": "0.01", "offset": "1", "fill": "-9", "units": "mm", "cadence": "300",
            "start": "2016-06-01T00:00:00Z", "name": "rain",
        ]
        guard let (survey, sink) = try read("np.save('a.npy', np.arange(24, dtype='>i2').reshape(2, 3, 4))", settings)
        else { return }
        let field = survey.fields[0]
        #expect(field.name == "rain" && field.scale == 0.01 && field.offset == 1 && field.missing == [.integer(-9)])
        #expect(field.units == "mm" && survey.timeAxis.kind == .clock && survey.timeAxis.cadence == 300)
        #expect(survey.sequences[0].times[0].values == [0, 300, 600, 900].map { 1_464_739_200 + $0 })
        let values = sink.bytes[0].withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        #expect(values == (0..<4).flatMap { time in (0..<6).map { Int16($0 * 4 + time) } })
    }

    @Test(arguments: [
        (["axes": "NTCHX"], "X"), (["axes": "THW"], "axes"), (["variable": "zz"], "no array"),
        (["join": "a"], "two arrays"),
        (["start": "2016-01-01"], "cadence"), (["cadence": "0"], "1 or more"), (["name": "Rain"], "lower-case"),
        (["scale": "0"], "alike"),
    ])
    func wrongSettingsSayWhatIsRight(settings: [String: String], word: String) throws {
        let error = #expect(throws: ReaderError.self) {
            guard try read("np.savez('a.npz', a=np.zeros((2, 2, 1, 3, 3)), b=np.zeros(3))", settings) != nil else {
                throw ReaderError(.usage, word)
            }
        }
        #expect(error?.code == .usage && error?.message.contains(word) == true, "\(String(describing: error))")
    }

    @Test func unlikeArraysAreRefusedNamingBoth() throws {
        let script = "np.save('a.npy', np.zeros((4, 3, 3))); np.save('b.npy', np.zeros((4, 3, 5)))"
        let error = #expect(throws: ReaderError.self) {
            guard try read(script) != nil else { throw ReaderError(.damaged, "a.npy", path: "b.npy") }
        }
        #expect(error?.path?.hasSuffix("b.npy") == true && error?.message.contains("a.npy") == true)
    }

    @Test func aMATLABFileThatWasCutOffIsRefused() throws {
        let source = "\(ArchivePython.root)/sample-data/array-mat5/waves.mat"
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source)))
        for cut in stride(from: 130, to: whole.count, by: whole.count / 20) {
            let path = try folder.write("cut.mat", Array(whole[..<cut]))
            #expect(throws: ReaderError.self, "cut at \(cut)") {
                let source = try ArrayReader(ReaderSettings()).survey(
                    Location(paths: [path], scratch: folder.path, threads: 1))
                try source.read([FrameRange(sequence: 0, frames: 0..<1)], into: ArraySink(source.survey, frames: 1))
            }
        }
    }
}

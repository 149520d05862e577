import ArrayFiles
import Foundation
import SpaceTime
import Testing

@testable import Readers

/// The long campaign of `make soak`: many damaged copies of each sample file are read.
struct ArraySoakTests {
    static let rounds = ProcessInfo.processInfo.environment["STBANK_SOAK"] == "1" ? 400 : 0

    private static let files = [
        "array/waves.npy", "array-npz/waves.npz", "array-mat5/waves.mat", "array-mat73/waves.mat",
        "array-hdf5/waves.h5",
        "netcdf/rain_20180616.nc", "netcdf-classic/co2_0.nc", "netcdf-classic/co2_1.nc", "netcdf-levels/theta.nc",
    ]

    private func readAll<Format: Reader>(_ reader: Format.Type, _ path: String, _ scratch: String) throws {
        let source = try Format(ReaderSettings()).survey(Location(paths: [path], scratch: scratch, threads: 2))
        let survey = source.survey
        guard survey.byteCount < 64 << 20, survey.sequences.count < 10_000 else { return }
        let parts = survey.sequences.indices.map {
            FrameRange(sequence: $0, frames: 0..<survey.sequences[$0].frameCount)
        }
        try source.read(parts, into: ArraySink(survey, frames: 8))
    }

    /// Either the frames come or an error with a message: never a trap, a hang or a foreign error.
    private func check(_ name: String, _ path: String, _ what: String) {
        let scratch = TemporaryFolder()
        do {
            if name.hasPrefix("array") {
                try readAll(ArrayReader.self, path, scratch.path)
            } else {
                try readAll(NetCDFReader.self, path, scratch.path)
            }
        } catch let error as ReaderError {
            #expect(!error.message.isEmpty, "\(name) \(what)")
        } catch {
            Issue.record("\(name) \(what): \(error)")
        }
    }

    @Test(.enabled(if: rounds > 0), arguments: files)
    func damagedFilesGiveFramesOrAnError(name: String) throws {
        let folder = TemporaryFolder()
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(ArchivePython.root)/sample-data/\(name)")))
        var random = SystemRandomNumberGenerator()
        for round in 0..<Self.rounds {
            var bytes = whole
            let head = round % 2 == 0 ? min(2048, bytes.count) : bytes.count
            var places: [Int] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<head, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
                places.append(place)
            }
            if round % 5 == 4 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
            let path = try folder.write(name.replacingOccurrences(of: "/", with: "-"), bytes)
            check(name, path, "bytes \(places), \(bytes.count) long")
        }
    }
}

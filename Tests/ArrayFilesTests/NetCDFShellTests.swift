import Foundation
import SpaceTime
import Testing

@testable import ArrayFiles

struct NetCDFShellTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func layout(frames: Int = 7, note: String = "") -> PayloadLayout {
        func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
        return PayloadLayout(
            attributes: [
                .init("Conventions", "CF-1.11 ACDD-1.3"), .init("title", "Größe" + note), .init("history", ""),
                .init("shard", [.integer(1)], as: .int32),
            ] + (0..<12).map { PayloadLayout.Attribute("extra_\($0)", String(repeating: "x", count: 300)) },
            dimensions: [
                .init("frame", frames), .init("channel_vil", 1), .init("row_vil", 5), .init("column_vil", 6),
                .init("sequence", 2), .init("id_length", 4),
            ],
            payload: .init(
                "frames_vil", .int16, ["frame", "channel_vil", "row_vil", "column_vil"],
                [
                    .init("_FillValue", [.integer(-1)], as: .int16), .init("scale_factor", [.real(0.5)], as: .float64),
                    .init("add_offset", [.real(0)], as: .float64), .init("units", "mm"), .init("long_name", "rain"),
                ], bytes: []),
            variables: [
                .init(
                    "time", .int64, ["frame"],
                    [.init("units", "seconds since 1970-01-01 00:00:00"), .init("calendar", "proleptic_gregorian")],
                    bytes: bytes((0..<frames).map { Int64($0) * 300 })),
                .init(
                    "row_size", .int64, ["sequence"], [.init("sample_dimension", "frame")], bytes: bytes([Int64(3), 4])),
                .init(
                    "sequence_id", nil, ["sequence", "id_length"], [.init("cf_role", "timeseries_id")],
                    bytes: Array("S1\0\0R123".utf8)),
                .init(
                    "flags", .uint8, ["frame"],
                    [
                        .init("flag_masks", [.integer(1), .integer(2)], as: .uint8),
                        .init("flag_meanings", "duplicate gap_before"),
                    ],
                    bytes: [UInt8](repeating: 0, count: frames)),
            ])
    }

    @Test func otherProgramsReadThePayloadWrittenByPlainAddress() throws {
        let path = folder.file("a.nc")
        let (offset, size, _) = try NetCDFShell.write(layout(), to: path)
        #expect(offset == NetCDFShell.payloadOffset && offset % 4096 == 0)
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: (0..<210).map { Int16($0) }.withUnsafeBytes { Data($0) })
        try handle.close()
        #expect(try RegularFile.byteCount(at: path) == size)
        let script = """
            import h5py, numpy as np, subprocess, xarray, netCDF4
            want = np.arange(210).reshape(7, 1, 5, 6)
            with h5py.File('a.nc') as f:
                assert (f['frames_vil'][...] == want).all() and f['frames_vil'].id.get_offset() == 4096
                assert f['frames_vil'].dims[2][0].name == '/row_vil'
            with netCDF4.Dataset('a.nc') as d:
                assert list(d.dimensions) == ['frame', 'channel_vil', 'row_vil', 'column_vil', 'sequence', 'id_length'], d.dimensions
                assert list(d.variables) == ['frames_vil', 'time', 'row_size', 'sequence_id', 'flags'], list(d.variables)
                assert (netCDF4.chartostring(d['sequence_id'][:]) == ['S1', 'R123']).all()
                assert d.title == 'Größe' and d.history == '' and d.shard == 1
            with xarray.open_dataset('a.nc', engine='netcdf4', decode_times=True) as x:
                assert (x['frames_vil'].values == want * 0.5).all() and x['frames_vil'].units == 'mm'
                assert str(x['time'].values[1]).startswith('1970-01-01T00:05')
            text = subprocess.run(['ncdump', '-h', 'a.nc'], capture_output=True, check=True).stdout.decode()
            assert 'short frames_vil(frame, channel_vil, row_vil, column_vil)' in text, text

            print(text)
            """
        guard let text = try Python.run(script, in: folder) else { return }
        #expect(text.contains("frames_vil:_FillValue = -1s"))
    }

    @Test func theSameLayoutGivesTheSameBytes() throws {
        for (index, frames) in [0, 1, 7, 5000].enumerated() {
            _ = try NetCDFShell.write(layout(frames: frames), to: folder.file("a\(index).nc"))
            _ = try NetCDFShell.write(layout(frames: 3, note: "another"), to: folder.file("b.nc"))
            _ = try NetCDFShell.write(layout(frames: frames), to: folder.file("c.nc"))
            let first = try Data(contentsOf: URL(fileURLWithPath: folder.file("a\(index).nc")))
            #expect(try first == Data(contentsOf: URL(fileURLWithPath: folder.file("c.nc"))), "\(frames) frames")
            #expect(first.count >= NetCDFShell.payloadOffset + frames * 60)
        }
    }

    @Test func aLayoutThatContradictsItselfIsRefused() throws {
        var missing = layout()
        missing.dimensions.removeFirst()
        var short = layout()
        short.variables[0].bytes.removeLast()
        var clash = layout()
        clash.variables[1].name = "frame"
        for bad in [missing, short, clash] {
            let error = #expect(throws: ReaderError.self) { try NetCDFShell.write(bad, to: folder.file("x.nc")) }
            #expect(error?.code == .usage)
        }
    }

    @Test func packedChunksAreReadByOtherProgramsAndByUs() throws {
        let pack = """
            import numpy as np, zlib
            a = np.arange(210, dtype='i2').reshape(7, 1, 5, 6)
            for k, start in enumerate([0, 4]):
                part = np.zeros((4, 1, 5, 6), 'i2'); got = a[start:start + 4]; part[:len(got)] = got
                b = part.tobytes(); open(f'chunk{k}', 'wb').write(zlib.compress(b[0::2] + b[1::2], 4))
            """
        guard try Python.run(pack, in: folder) != nil else { return }
        let path = folder.file("a.nc")
        let archive = try NetCDFArchive(layout(), chunkShape: [4, 1, 5, 6], deflateLevel: 4, path: path)
        #expect(archive.chunkCount == 2)
        var chunks: [Data] = []
        for index in 0..<2 {
            chunks.append(try Data(contentsOf: URL(fileURLWithPath: folder.file("chunk\(index)"))))
            try chunks[index].withUnsafeBytes { try archive.appendChunk($0) }
        }
        let places = try archive.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for (place, chunk) in zip(places, chunks) {
            #expect(whole[place.offset..<(place.offset + place.byteCount)] == chunk)
        }
        let check = """
            import xarray, numpy as np
            with xarray.open_dataset('a.nc', engine='netcdf4', mask_and_scale=False) as x:
                assert (x['frames_vil'].values.ravel() == np.arange(210)).all()
                assert x['frames_vil'].encoding['zlib'] and x['frames_vil'].encoding['shuffle']
            """
        _ = try Python.run(check, in: folder)
        let ours = try FrameArray(
            HDF5File(path: path).dataset("frames_vil"), axes: "TCHW",
            resources: ReadResources(threads: 2, scratch: folder.path))
        var got = [Int16](repeating: 0, count: 210)
        try got.withUnsafeMutableBytes { try ours.frames(0..<7, sample: 0, into: $0) }
        #expect(got == (0..<210).map { Int16($0) })
    }
}

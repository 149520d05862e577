import Foundation
import SpaceTime
import Testing

@testable import ArrayFiles

struct FrameArrayTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// One array in many layouts: (N,T,C,H,W) = (2,7,3,19,33), each stored under each axis order.
    private static let script = """
        import h5py, numpy as np, itertools
        rng = np.random.default_rng(5)
        whole = rng.integers(0, 60000, (2, 7, 3, 19, 33)).astype('u2')
        whole.tofile('whole.bin')
        with h5py.File('a.h5', 'w') as f:
            for order in ['NTCHW', 'NHWTC', 'HWTNC', 'TNHWC', 'WHCTN', 'CTWNH']:
                a = np.ascontiguousarray(whole.transpose(['NTCHW'.index(x) for x in order]))
                f[order + '/plain'] = a
                f[order + '/big'] = a.astype('>u2')
                chunks = tuple(max(1, (n + 1) // 2) for n in a.shape)
                for name, kw in dict(raw={}, gzip=dict(compression='gzip', shuffle=True), lzf=dict(compression='lzf'),
                                     sum=dict(fletcher32=True, compression='gzip'), so=dict(scaleoffset=0)).items():
                    f.create_dataset(order + '/' + name, data=a, chunks=chunks, **kw)
                f.create_dataset(order + '/bigzip', data=a.astype('>u2'), chunks=chunks, compression='gzip', shuffle=True)
                f.create_dataset(order + '/whole', data=a, chunks=a.shape, compression='gzip', compression_opts=1)
        print('made')
        """

    @Test(arguments: ["NTCHW", "NHWTC", "HWTNC", "TNHWC", "WHCTN", "CTWNH"])
    func framesAreTheSameWhateverTheAxisOrderAndLayout(order: String) throws {
        guard try Python.run(FrameArrayTests.script, in: folder) != nil else { return }
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file("whole.bin"))))
        let file = try HDF5File(path: folder.file("a.h5"))
        for name in ["plain", "big", "raw", "gzip", "lzf", "sum", "so", "bigzip", "whole"] {
            for (threads, budget) in [(1, 1 << 26), (3, 1 << 16)] {
                let resources = ReadResources(threads: threads, scratch: folder.path, budget: budget)
                let array = try FrameArray(file.dataset("\(order)/\(name)"), axes: order, resources: resources)
                #expect(array.samples == 2 && array.frames == 7 && array.frameByteCount == 3 * 19 * 33 * 2)
                for (sample, range) in [(1, 0..<7), (0, 0..<7), (0, 2..<5), (1, 6..<7), (0, 3..<3)] {
                    var got = [UInt8](repeating: 0, count: range.count * array.frameByteCount)
                    try got.withUnsafeMutableBytes { try array.frames(range, sample: sample, into: $0) }
                    let start = (sample * 7 + range.lowerBound) * array.frameByteCount
                    #expect(got == Array(whole[start..<(start + got.count)]), "\(order)/\(name) \(sample) \(range)")
                }
            }
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(left) == ["a.h5", "whole.bin"])
    }

    /// A frame's neighbours in time are its neighbours in the file, and all of them are more than the budget.
    @Test(arguments: ["NCHWT", "HWTNC", "WHTNC", "CWHNT", "HTWCN", "TCWHN"])
    func framesThatGoThroughTheScratchFileInSeveralTilesAreTheSame(order: String) throws {
        let script = """
            import h5py, numpy as np
            whole = np.random.default_rng(6).integers(0, 60000, (3, 40, 2, 50, 61)).astype('u2')
            whole.tofile('whole.bin')
            with h5py.File('a.h5', 'w') as f:
                a = np.ascontiguousarray(whole.transpose(['NTCHW'.index(x) for x in '\(order)']))
                f['plain'] = a
                f.create_dataset('chunked', data=a, chunks=tuple(min(n, 30) for n in a.shape), compression='gzip')
            print('made')
            """
        guard try Python.run(script, in: folder) != nil else { return }
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file("whole.bin"))))
        let file = try HDF5File(path: folder.file("a.h5"))
        for name in ["plain", "chunked"] {
            let resources = ReadResources(threads: 2, scratch: folder.path, budget: 1 << 16)
            let array = try FrameArray(file.dataset(name), axes: order, resources: resources)
            for (sample, range) in [(0, 0..<40), (1, 3..<9), (2, 39..<40), (0, 1..<2), (2, 0..<17)] {
                var got = [UInt8](repeating: 0, count: range.count * array.frameByteCount)
                try got.withUnsafeMutableBytes { try array.frames(range, sample: sample, into: $0) }
                let start = (sample * 40 + range.lowerBound) * array.frameByteCount
                #expect(got == Array(whole[start..<(start + got.count)]), "\(order)/\(name) \(sample) \(range)")
            }
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(left) == ["a.h5", "whole.bin"])
    }

    @Test func chunksThatWereNeverWrittenHoldTheFillValue() throws {
        let script = """
            import h5py, numpy as np
            with h5py.File('a.h5', 'w') as f:
                d = f.create_dataset('d', (6, 4, 5), 'f4', chunks=(2, 3, 5), compression='gzip', fillvalue=-7.5)
                d[2:4] = 1
                d = f.create_dataset('half', (6, 4, 5), 'f2', chunks=(2, 3, 5), compression='gzip', shuffle=True)
                d[0:2] = np.float16(0.1)
                f.create_dataset('late', (6, 4, 5), 'i4', fillvalue=3)
            """
        guard try Python.run(script, in: folder) != nil else { return }
        let file = try HDF5File(path: folder.file("a.h5"))
        let resources = ReadResources(threads: 2, scratch: folder.path)
        var got = [Float](repeating: 0, count: 120)
        func read(_ name: String) throws {
            let array = try FrameArray(file.dataset(name), axes: "THW", resources: resources)
            try got.withUnsafeMutableBytes { try array.frames(0..<6, sample: 0, into: $0) }
        }
        try read("d")
        #expect(got == (0..<120).map { (40..<80).contains($0) ? 1 : -7.5 })
        try read("half")
        #expect(got == (0..<120).map { $0 < 40 ? Float(Float16(0.1)) : 0 })
        try read("late")
        #expect(got.map(\.bitPattern) == [UInt32](repeating: 3, count: 120))
    }

    @Test func aDamagedChunkIsAnErrorNamingItsPlace() throws {
        let script = """
            import h5py, numpy as np
            a = np.arange(4000, dtype='i4').reshape(10, 20, 20)
            offsets = []
            for name, kw in dict(gzip=dict(compression='gzip'), lzf=dict(compression='lzf'), sum=dict(fletcher32=True)).items():
                with h5py.File(name + '.h5', 'w') as f:
                    d = f.create_dataset('d', data=a, chunks=(5, 20, 20), **kw)
                    place = d.id.get_chunk_info(1).byte_offset
                b = bytearray(open(name + '.h5', 'rb').read())
                for k in range(40): b[place + 30 + k] ^= 0x55
                open(name + '.h5', 'wb').write(b)
            """
        guard try Python.run(script, in: folder) != nil else { return }
        for name in ["gzip", "lzf", "sum"] {
            let file = try HDF5File(path: folder.file(name + ".h5"))
            let array = try FrameArray(
                file.dataset("d"), axes: "THW", resources: ReadResources(threads: 2, scratch: folder.path))
            var got = [UInt8](repeating: 0, count: 16000)
            let error = #expect(throws: ReaderError.self, "\(name)") {
                try got.withUnsafeMutableBytes { try array.frames(0..<10, sample: 0, into: $0) }
            }
            #expect(
                error?.code == .damaged && error?.path?.hasSuffix(":d") == true, "\(name) \(String(describing: error))")
        }
    }

    @Test func axesThatDoNotFitAreRefused() throws {
        guard try Python.run("import h5py; h5py.File('a.h5', 'w')['d'] = [[1, 2]]", in: folder) != nil else { return }
        let dataset = try HDF5File(path: folder.file("a.h5")).dataset("d")
        for axes in ["THW", "HH", "HX"] {
            let error = #expect(throws: ReaderError.self) {
                try FrameArray(dataset, axes: axes, resources: ReadResources(threads: 1, scratch: folder.path))
            }
            #expect(error?.code == .usage)
        }
    }
}

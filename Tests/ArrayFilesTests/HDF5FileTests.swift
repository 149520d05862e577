import Foundation
import SpaceTime
import Testing

@testable import ArrayFiles

struct HDF5FileTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func bytes(of dataset: HDF5Dataset, _ box: [Range<Int>]) throws -> [UInt8] {
        let element = try #require(dataset.element)
        var result = [UInt8](repeating: 0, count: box.reduce(element.byteCount) { $0 * $1.count })
        try result.withUnsafeMutableBytes { try dataset.read(box, into: $0) }
        return result
    }

    @Test func namesShapesTypesAndTextsAreAsH5pyWroteThem() throws {
        let script = """
            import h5py, numpy as np
            with h5py.File('a.h5', 'w') as f:
                f['ten'] = np.arange(10, dtype='>i4')
                f['half'] = np.array([0.5, 65504, -2], dtype='f2')
                f['truth'] = np.array([True, False, True])
                f['ids'] = np.array([b'S1', b'R123'], dtype='S10')
                f['words'] = ['alpha', 'beta']
                f['empty'] = np.zeros((0, 5), 'f4')
                f['one'] = 7
                g = f.create_group('g'); g['x'] = np.ones((2, 3), 'f8')
                d = f.create_dataset('gz', data=np.arange(60, dtype='u2').reshape(3, 4, 5), chunks=(2, 3, 5),
                                     compression='gzip', shuffle=True, fillvalue=9)
                d.attrs['scale_factor'] = np.array([0.5]); d.attrs['units'] = 'mm'
                d.attrs['fixed'] = np.bytes_('abc'); d.attrs['list'] = [1, 2, 3]
            """
        guard try Python.run(script, in: folder) != nil else { return }
        let file = try HDF5File(path: folder.file("a.h5"))
        #expect(try file.names() == ["empty", "g", "gz", "half", "ids", "one", "ten", "truth", "words"])
        #expect(file.isGroup("g") && !file.isGroup("gz") && file.contains("/g/x") && !file.contains("g/y/z"))
        #expect(try file.datasets().contains("/g/x"))
        let ten = try file.dataset("ten")
        #expect(ten.storedType.isBigEndian && ten.element == .int32 && ten.contiguousOffset != nil)
        #expect(try ten.int64s() == Array(0..<10))
        #expect(try ten.int64s(3..<5) == [3, 4])
        #expect(try file.dataset("half").doubles() == [0.5, 65504, -2])
        #expect(try file.dataset("half").storedType.kind == .float16)
        #expect(try file.dataset("truth").storedType.kind == .boolean)
        #expect(try file.dataset("truth").int64s() == [1, 0, 1])
        #expect(try file.dataset("ids").strings() == ["S1", "R123"])
        #expect(try file.dataset("ids").storedType.byteCount == 10)
        #expect(try file.dataset("words").strings(1..<2) == ["beta"])
        #expect(try file.dataset("empty").shape == [0, 5])
        #expect(try file.dataset("one").int64s() == [7])
        let packed = try file.dataset("gz")
        #expect(packed.shape == [3, 4, 5] && packed.chunkShape == [2, 3, 5] && packed.contiguousOffset == nil)
        #expect(packed.fillValue == .integer(9))
        #expect(packed.attributes["units"] == .text("mm") && packed.attributes["scale_factor"] == .real(0.5))
        #expect(packed.attributes["fixed"] == .text("abc") && packed.attributes["list"] == nil)
        #expect(packed.attributeLists["list"]?.count == 3)
        #expect(try bytes(of: packed, [2..<3, 3..<4, 1..<3]) == [56, 0, 57, 0])
    }

    @Test func linksAndStorageThatLeaveTheFileAreRefused() throws {
        let script = """
            import h5py, numpy as np
            with h5py.File('other.h5', 'w') as f: f['d'] = np.arange(4)
            open('raw.bin', 'wb').write(b'x' * 80)
            with h5py.File('a.h5', 'w') as f:
                f['link'] = h5py.ExternalLink('other.h5', '/d')
                f['soft'] = h5py.SoftLink('/link')
                f.create_dataset('external', (10,), 'i8', external=[('raw.bin', 0, 80)])
                layout = h5py.VirtualLayout((4,), 'i8')
                layout[:] = h5py.VirtualSource('other.h5', 'd', (4,))
                f.create_virtual_dataset('virtual', layout)
            """
        guard try Python.run(script, in: folder) != nil else { return }
        let file = try HDF5File(path: folder.file("a.h5"))
        #expect(!file.contains("link") && !file.contains("soft"))
        #expect(file.hasLink("link") && file.hasLink("soft") && !file.hasLink("nothing") && !file.hasLink("link/x"))
        for (name, word) in [
            ("link", "another file"), ("soft", "dataset"), ("external", "external storage"), ("virtual", "virtual"),
        ] {
            let error = #expect(throws: ReaderError.self, "\(name)") { try file.dataset(name) }
            #expect(error?.message.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test func whatIsNoHDF5FileIsRefusedWithItsPath() throws {
        let path = folder.file("text.h5")
        try Data("no HDF5 here".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ReaderError.self) { try HDF5File(path: path) }
        #expect(error?.code == .damaged && error?.path == path)
        let absent = #expect(throws: ReaderError.self) { try HDF5File(path: folder.file("absent.h5")) }
        #expect(absent?.code == .notFound)
        let notAFile = #expect(throws: ReaderError.self) { try HDF5File(path: folder.path) }
        #expect(notAFile?.message.contains("regular file") == true)
    }

    @Test func manyLinksAreListedQuickly() throws {
        let script = """
            import h5py, numpy as np
            with h5py.File('a.h5', 'w') as f:
                d = f.create_dataset('x', data=1)
                for i in range(20000): f[f'{i:06d}'] = d
            """
        guard try Python.run(script, in: folder) != nil else { return }
        let names = try HDF5File(path: folder.file("a.h5")).names()
        #expect(names.count == 20_001 && names.first == "000000" && names.last == "x")
    }
}

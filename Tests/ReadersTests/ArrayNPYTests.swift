import ArrayFiles
import Foundation
import SpaceTime
import Testing

@testable import Readers

struct ArrayNPYTests {
    let folder = TemporaryFolder()

    private func doubles(_ source: any ArraySource) throws -> [Double] {
        let count = source.shape.reduce(1, *)
        var bytes = [UInt8](repeating: 0, count: max(1, count * source.element.byteCount))
        try bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            try source.read(
                source.shape.map { 0..<$0 }, into: base, strides: source.shape.rowMajorStrides,
                using: ReadResources(threads: 2, scratch: folder.path))
        }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { index in
                switch source.element {
                case .int8: Double(raw.loadUnaligned(fromByteOffset: index, as: Int8.self))
                case .uint8: Double(raw[index])
                case .int16: Double(raw.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
                case .uint16: Double(raw.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                case .int32: Double(raw.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
                case .uint32: Double(raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                case .int64: Double(raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                case .uint64: Double(raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                case .float32: Double(raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
                case .float64: raw.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
                }
            }
        }
    }

    @Test func allNumericTypesInBothOrdersAreAsNumPyWroteThem() throws {
        let script = """
            import numpy as np
            a = np.arange(24).reshape(2, 3, 4)
            for code in ['b1', 'i1', 'u1', '<i2', '>i2', '<u4', '>u8', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8', '<i8']:
                for order in 'CF':
                    np.save(code.replace('<', 'l').replace('>', 'b') + order + '.npy', np.array(a, code, order=order))
            import numpy.lib.format as form
            for version in [(1, 0), (2, 0), (3, 0)]:
                with open('v%d.npy' % version[0], 'wb') as f: form.write_array(f, a.astype('i4'), version)
            np.savez('plain.npz', a=a, b=a.astype('f4')); np.savez_compressed('packed.npz', a=a, b=a.T)
            np.save('scalar.npy', np.float64(3)); np.save('none.npy', np.zeros((0, 4)))
            """
        guard try ArrayPython.run(script, in: folder) else { return }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".npy") }
        #expect(names.count == 33)
        for name in names where !["scalar.npy", "none.npy"].contains(name) {
            let source = try NPYFile(path: folder.path + "/" + name).source()
            #expect(source.shape == [2, 3, 4])
            let want = (0..<24).map { name.hasPrefix("b1") ? min(1, Double($0)) : Double($0) }
            #expect(try doubles(source) == want, "\(name)")
        }
        #expect(try NPYFile(path: folder.path + "/scalar.npy").header.shape == [])
        #expect(try NPYFile(path: folder.path + "/none.npy").header.shape == [0, 4])
        for name in ["plain", "packed"] {
            let file = try NPZFile(path: folder.path + "/\(name).npz")
            #expect(file.entries.map(\.name) == ["a", "b"])
            let first = try #require(file["a"])
            #expect(try doubles(file.source(of: first, scratch: folder.path)) == (0..<24).map(Double.init))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix("npz-") })
    }

    @Test func picklesRecordsAndLyingHeadersAreRefused() throws {
        let script = """
            import numpy as np, struct
            np.save('object.npy', np.array([1, 'a', None], object), allow_pickle=True)
            np.save('record.npy', np.zeros(3, [('a', 'i4'), ('b', 'f4')]))
            np.save('complex.npy', np.zeros(3, complex)); np.save('text.npy', np.array(['a', 'b']))
            np.savez('object.npz', a=np.array([None], object), b=np.arange(3))
            def lie(name, shape, data=b'x' * 64, descr='<f4'):
                text = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)).ljust(117) + chr(10)
                open(name, 'wb').write(b'\\x93NUMPY\\x01\\x00' + struct.pack('<H', len(text)) + text.encode() + data)
            lie('short.npy', '(100,)'); lie('huge.npy', '(4294967296, 4294967296, 4294967296)')
            lie('negative.npy', '(-1, 4)'); lie('many.npy', '(' + '1,' * 40 + ')'); lie('size.npy', '(4,)', descr='<f3')
            """
        guard try ArrayPython.run(script, in: folder) else { return }
        for (name, word) in [
            ("object", "pickled"), ("record", "members"), ("complex", "c16"), ("text", "U"), ("short", "truncated"),
            ("huge", "impossible"), ("negative", "understood"), ("many", "understood"), ("size", "f3"),
        ] {
            let error = #expect(throws: ReaderError.self, "\(name)") { try NPYFile(path: folder.path + "/\(name).npy") }
            #expect(error?.code == .damaged && error?.message.contains(word) == true, "\(String(describing: error))")
        }
        let mixed = try NPZFile(path: folder.path + "/object.npz")
        #expect(mixed["a"]?.fault?.message.contains("pickled") == true && mixed["b"]?.header?.shape == [3])
    }
}

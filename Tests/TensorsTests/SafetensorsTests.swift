import Foundation
import Tensors
import Testing

@Suite struct SafetensorsTests {
    private func temporary(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/stbank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(arguments: DType.allCases) func everyTypeComesBackBitForBit(type: DType) throws {
        try temporary { path in
            let values = try Tensor([Float(0), 1, 0, 1, 1, 0], [2, 3]).to(type)
            try Safetensors.write(["a.b": values, "empty": .zeros([0, 3])], metadata: ["who": "a test"], to: path)
            let found = try Safetensors.read(path)
            #expect(found.metadata == ["who": "a test"])
            let read = try #require(found.tensors["a.b"])
            #expect(read.dtype == type && read.shape == [2, 3])
            #expect(try read.values(as: Float.self) == [0, 1, 0, 1, 1, 0])
            #expect(found.tensors["empty"]?.shape == [0, 3])
        }
    }

    @Test func aViewIsWrittenInItsOwnOrder() throws {
        try temporary { path in
            let view = try Tensor([Float(0), 1, 2, 3, 4, 5], [2, 3]).transposed(0, 1)
            try Safetensors.write(["x": view], to: path)
            #expect(try Safetensors.read(path).tensors["x"]?.values() == [Float(0), 3, 1, 4, 2, 5])
        }
    }

    @Test func aTruncatedFileIsRefusedAtEveryLength() throws {
        try temporary { path in
            try Safetensors.write(["x": .full([8], 1), "y": .zeros([2], .int64)], to: path)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: TensorError.self) { try Safetensors.read(path) }
                #expect(error?.code == .damaged && error?.path == path)
            }
        }
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let error = #expect(throws: TensorError.self) { try Safetensors.read("/nowhere/x.safetensors") }
        #expect(error?.description.contains("/nowhere/x.safetensors") == true)
    }
}

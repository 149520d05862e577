import BankRig
import DataBank
import SpaceTime
import Testing

struct MomentsTests {
    @Test(arguments: ElementType.allCases)
    func momentsAreThoseOfAPlainSum(element: ElementType) throws {
        var generator = Numbers(state: 11)
        let field = Field(name: "x", element: element, channels: 2, rows: 37, columns: 131, missing: [.integer(7)])
        let count = field.elementsPerFrame * 3
        let numbers = (0..<count).map { _ in Int(generator.next() >> 50) % 120 }
        var moments = FieldMoments(field)
        let bytes = numbers.flatMap { field.bytes(of: $0) }
        let empty = bytes.withUnsafeBytes { moments.add($0) }
        #expect(empty == [false, false, false])
        let plane = 37 * 131
        for channel in 0..<2 {
            var own: [Int] = []
            for frame in 0..<3 {
                let begin = (frame * 2 + channel) * plane
                own += numbers[begin..<(begin + plane)]
            }
            let valid: [Double] = own.filter { $0 != 7 }.map { Double($0) }
            let mean: Double = valid.reduce(0, +) / Double(valid.count)
            let squares: Double = valid.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            let found = moments.channels[channel]
            #expect(found.count == UInt64(valid.count) && found.missing == UInt64(own.count - valid.count))
            #expect(abs(found.mean - mean) < 1e-10 && abs(found.squares - squares) < 1e-8 * squares)
            #expect(found.least == valid.min() && found.largest == valid.max())
        }
        #expect(moments.bins.reduce(0, +) == moments.channels[0].count + moments.channels[1].count)
    }

    @Test func binsAreAscendingAndHoldTheirEdge() {
        for element in ElementType.allCases {
            let bins = FieldMoments(Field(name: "x", element: element, rows: 1, columns: 1)).bins.count
            let edges = (0..<bins).map { FieldMoments.edge(ofBin: $0, element: element) }
            #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 <= $1 }, "\(element)")
        }
    }

    @Test func aFrameWithoutAValidElementIsSeen() {
        let field = Field(name: "x", element: .float32, rows: 2, columns: 2, missing: [.integer(-1)])
        var moments = FieldMoments(field)
        let frames: [Float] = [.nan, -1, .infinity, -1, 0, -1, -1, -1]
        #expect(frames.withUnsafeBytes { moments.add($0) } == [true, false])
    }
}

extension Field {
    /// A small number as the field stores it.
    fileprivate func bytes(of number: Int) -> [UInt8] {
        switch element {
        case .float32: withUnsafeBytes(of: Float(number)) { Array($0) }
        case .float64: withUnsafeBytes(of: Double(number)) { Array($0) }
        default: withUnsafeBytes(of: number) { Array($0.prefix(element.byteCount)) }
        }
    }
}

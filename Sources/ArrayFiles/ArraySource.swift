package import SpaceTime

/// An array of numbers somewhere in a file, of which any box can be read in any order of axes.
package protocol ArraySource: AnyObject, Sendable {
    /// Slowest axis of the file first.
    var shape: [Int] { get }
    /// The type in which elements are delivered.
    var element: ElementType { get }
    /// Along each axis, how many elements cost about as much to read as one.
    var granularity: [Int] { get }
    /// The file and the place in it, for messages.
    var place: String { get }

    /// Reads a box: element (i, j, …) of the box goes to `target[i * strides[0] + j * strides[1] + …]`.
    ///
    /// - Parameters:
    ///   - target: room for every element that the strides reach.
    ///   - strides: one an axis, in elements; no two elements of the box may fall on one place.
    func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides: [Int], using resources: ReadResources
    ) throws(ReaderError)
}

/// Memory that several threads fill. `@unchecked Sendable`: in places that do not overlap.
struct SharedTarget: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
}

extension Array where Element == Int {
    /// Strides of an array of this shape whose last axis is the fastest, in elements.
    package var rowMajorStrides: [Int] {
        var result = self
        var stride = 1
        for axis in indices.reversed() {
            result[axis] = stride
            stride *= Swift.max(1, self[axis])
        }
        return result
    }
}

/// A box cut into equal tiles, which lie on a grid beginning at the array's origin; the last axis runs fastest.
struct BoxTiling: Sendable {
    let box: [Range<Int>]
    let tile: [Int]
    private let first: [Int]
    private let counts: [Int]
    let count: Int

    init(_ box: [Range<Int>], tile: [Int]) {
        self.box = box
        self.tile = tile
        first = zip(box, tile).map { $0.lowerBound / $1 }
        let tiles = zip(box, tile).map { $0.isEmpty ? 0 : ($0.upperBound - 1) / $1 - $0.lowerBound / $1 + 1 }
        counts = tiles
        count = tiles.reduce(1, *)
    }

    /// The position of a tile's first element, also where the box begins inside it.
    func origin(_ index: Int) -> [Int] {
        var rest = index
        var origin = tile
        for axis in tile.indices.reversed() {
            origin[axis] = (first[axis] + rest % counts[axis]) * tile[axis]
            rest /= counts[axis]
        }
        return origin
    }

    /// The part of a tile inside the box.
    subscript(index: Int) -> [Range<Int>] {
        let origin = origin(index)
        return box.indices.map { (origin[$0]..<(origin[$0] + tile[$0])).clamped(to: box[$0]) }
    }

    /// The largest tile of at most `limit` elements that is a multiple of `granularity` and grows along the fastest axes first.
    static func tile(of box: [Range<Int>], granularity: [Int], limit: Int) -> [Int] {
        var tile = granularity
        for axis in box.indices.reversed() {
            let others = tile.indices.reduce(1) { $1 == axis ? $0 : $0 * tile[$1] }
            let wanted = box[axis].count + granularity[axis]
            let possible = max(1, limit / max(1, others) / granularity[axis]) * granularity[axis]
            tile[axis] = max(granularity[axis], min(possible, wanted))
            if tile[axis] < wanted { break }
        }
        return tile
    }
}

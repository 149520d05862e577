internal import SpaceTime

/// Which window stands at which place of an epoch. StreamOrder.md, "Order".
struct EpochOrder: Sendable {
    private enum Form {
        case stored
        case shuffled(Permutation)
        case blocks(BlockOrder)
    }

    private let form: Form

    /// - Parameter windows: how many there are; at least one.
    init(_ order: BatchPlan.Order, windows: Int, seed: UInt64, epoch: Int) {
        let random = KeyedRandom(seed: seed)
        form =
            switch order {
            case .stored: .stored
            case .shuffled: .shuffled(Permutation(count: windows, key: random.bits(StreamPurpose.order, UInt64(epoch))))
            case .blocks(let size, let mixed):
                .blocks(BlockOrder(windows: windows, size: size, mixed: mixed, random: random, epoch: epoch))
            }
    }

    /// The number of the window at a place.
    func window(at place: Int) -> Int {
        switch form {
        case .stored: place
        case .shuffled(let permutation): permutation(place)
        case .blocks(let blocks): blocks.window(at: place)
        }
    }
}

/// First keys of the numbers that a stream draws; METHOD.md 4.5 and 12 use those below 16.
enum StreamPurpose {
    static let order: UInt64 = 16
    static let blockOrder: UInt64 = 17
    static let groupOrder: UInt64 = 18
    static let crop: UInt64 = 19
}

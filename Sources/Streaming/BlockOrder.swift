internal import SpaceTime

/// Blocks of neighbouring windows in a keyed order, windows mixed within groups of blocks: near to a full shuffle, but only
/// a group's windows have to be at hand at a time. StreamOrder.md, "Order".
struct BlockOrder: Sendable {
    private let windows: Int
    private let size: Int
    private let mixed: Int
    private let random: KeyedRandom
    private let epoch: UInt64
    private let blockCount: Int
    private let blocks: Permutation
    /// Where in the order of blocks the short last one stands.
    private let shortPlace: Int

    init(windows: Int, size: Int, mixed: Int, random: KeyedRandom, epoch: Int) {
        self.windows = windows
        self.size = size
        self.mixed = mixed
        self.random = random
        self.epoch = UInt64(epoch)
        let count = (windows + size - 1) / size
        let blocks = Permutation(count: count, key: random.bits(StreamPurpose.blockOrder, UInt64(epoch)))
        (blockCount, self.blocks) = (count, blocks)
        shortPlace = (0..<count).first { blocks($0) == count - 1 } ?? count - 1
    }

    func window(at place: Int) -> Int {
        var group = place / (size * mixed)
        if start(ofBlockAt: min(blockCount, (group + 1) * mixed)) <= place { group += 1 }
        let firstBlock = group * mixed
        let begin = start(ofBlockAt: firstBlock)
        let count = start(ofBlockAt: min(blockCount, firstBlock + mixed)) - begin
        let key = random.bits(StreamPurpose.groupOrder, epoch, UInt64(group))
        var inside = Permutation(count: count, key: key)(place - begin)
        // As if the short block were as long as the others.
        let beyondShort = shortPlace >= firstBlock && inside >= (shortPlace - firstBlock + 1) * size - shortage
        if beyondShort { inside += shortage }
        return blocks(firstBlock + inside / size) * size + inside % size
    }

    /// How many windows the last block lacks.
    private var shortage: Int { blockCount * size - windows }

    /// How many windows stand before the block at a place of the order.
    private func start(ofBlockAt place: Int) -> Int { place * size - (place > shortPlace ? shortage : 0) }
}

public import DataBank
internal import Glibc

/// Which part of each batch a process takes.
public struct Shard: Hashable, Sendable, Codable {
    public var rank: Int
    public var world: Int

    public static let whole = Shard(rank: 0, world: 1)

    public init(rank: Int, world: Int) {
        self.rank = rank
        self.world = world
    }

    /// What `torchrun`, `srun` or `mpirun` tell their processes; the whole where none of them does.
    ///
    /// - Throws: `.usage` where only half of it is there or it is no rank of its world.
    public static func fromEnvironment() throws(BankError) -> Shard {
        try Shard { name in getenv(name).map { String(cString: $0) } }
    }

    /// - Parameter environment: the value of a variable.
    init(environment: (String) -> String?) throws(BankError) {
        let names = [
            ("RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ]
        self = .whole
        for (rankName, worldName) in names {
            guard let rank = environment(rankName) else { continue }
            guard let world = environment(worldName), let rankNumber = Int(rank), let worldNumber = Int(world) else {
                throw BankError(.usage, "\(rankName) is set but \(worldName) is not, or they are no numbers")
            }
            self.init(rank: rankNumber, world: worldNumber)
            try check()
            return
        }
    }

    func check() throws(BankError) {
        guard world >= 1, rank >= 0, rank < world else {
            throw BankError(.usage, "rank \(rank) of \(world): ranks go from 0 to one less than the world")
        }
    }

    /// Samples of a batch that fall to each process.
    ///
    /// - Throws: `.usage` naming the nearest numbers of processes that divide the batch.
    func share(ofBatch size: Int) throws(BankError) -> Int {
        try check()
        guard size % world == 0 else {
            let below = (1..<world).last { size % $0 == 0 } ?? 1
            let above = world < size ? (world...size).first { size % $0 == 0 } : nil
            throw BankError(
                .usage,
                "a batch of \(size) cannot be shared by \(world) processes; "
                    + "take \(below)\(above.map { " or \($0)" } ?? "") processes, or another batch size")
        }
        return size / world
    }
}

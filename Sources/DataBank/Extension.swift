internal import SpaceTime

/// The data set that `--extend` adds sequences to.
struct Extension {
    let ref: DatasetRef
    let dataset: Dataset
    let rows: [SequenceRow]
    let pieces: [Piece]

    init(of name: DatasetName, in bank: Bank) throws {
        ref = try bank.resolve(name.description)
        dataset = try Dataset(ref.digest, in: bank)
        rows = try dataset.sequences()
        pieces = try dataset.pieces()
    }

    /// The parts that the parent does not have.
    ///
    /// - Throws: `.usage` where fields, time axis or recipe differ, or nothing is new.
    func newParts(_ parts: [SplitPlan.Part], of survey: Survey, recipe: Identity.Step) throws(BankError) -> [SplitPlan
        .Part]
    {
        let identity = dataset.identity
        guard identity.fields == survey.fields, identity.timeAxis == survey.timeAxis,
            identity.covariates == survey.covariates
        else {
            throw BankError(
                .usage, "\(ref.id) has other fields, time axis or covariates; it cannot be extended by these")
        }
        guard identity.recipe == [recipe] else {
            throw BankError(.usage, "\(ref.id) was made with other settings; extend it with the same --set and --split")
        }
        let known = Set(rows.map(\.origin))
        let new = parts.filter { !known.contains(survey.sequences[$0.range.sequence].id) }
        guard !new.isEmpty else { throw BankError(.usage, "\(ref.id) has all these sequences already") }
        return new
    }

    /// The number that the first new shard gets.
    var firstShard: Int {
        Set(dataset.record.payload.filter { $0.field == 0 }.map(\.sha256)).count
    }
}

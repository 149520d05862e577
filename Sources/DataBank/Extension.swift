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
    func newParts(_ parts: [SplitPlan.Part], of survey: Survey, recipe: Identity.Step) throws -> [SplitPlan.Part] {
        let form = try Form(dataset.identity.fields, dataset.identity.timeAxis, dataset.identity.covariates).text
        guard try Form(survey.fields, survey.timeAxis, survey.covariates).text == form else {
            throw BankError(
                .usage, "\(ref.id) has other fields, time axis or covariates; it cannot be extended by these")
        }
        guard dataset.identity.recipe == [recipe] else {
            throw BankError(
                .usage, "\(ref.id) was made with other settings; extend it with the same --set and --split")
        }
        let known = Set(rows.map(\.origin))
        let new = parts.filter { !known.contains(survey.sequences[$0.range.sequence].id) }
        guard !new.isEmpty else { throw BankError(.usage, "\(ref.id) has all these sequences already") }
        return new
    }

    /// What sequences must have in common, as it stands on disk, where 1000.0 and 1000 are one number.
    private struct Form: Encodable {
        var fields: [Field]
        var timeAxis: TimeAxis
        var covariates: [Survey.Covariate]

        init(_ fields: [Field], _ timeAxis: TimeAxis, _ covariates: [Survey.Covariate]) {
            self.fields = fields
            self.timeAxis = timeAxis
            self.covariates = covariates
        }

        var text: String { get throws { try CanonicalCoding.text(of: self) } }
    }

    /// The number that the first new shard gets.
    var firstShard: Int {
        Set(dataset.record.payload.filter { $0.field == 0 }.map(\.sha256)).count
    }
}

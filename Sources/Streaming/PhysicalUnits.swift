package import DataBank
internal import Glibc
package import SpaceTime

/// From the numbers of batches back to a field's own units.
package struct PhysicalUnits: Sendable {
    private let rule: ChannelRule
    private let field: Field

    init(_ rule: ChannelRule, of field: Field) { (self.rule, self.field) = (rule, field) }

    /// In float64; what a logarithm has cut off at 0 stays 0.
    package func callAsFunction(_ value: Float, channel: Int) -> Double {
        switch rule.form {
        case .log(let shift): return exp(Double(value)) - shift
        case .affine:
            let stored = (Double(value) - rule.offsets[channel]) / rule.scales[channel]
            return stored * field.scale + field.offset
        }
    }
}

extension BatchSource {
    package var targetField: Field { target.layout.field }

    /// Of the target frames.
    package var targetUnits: PhysicalUnits { PhysicalUnits(target.layout.rule, of: target.layout.field) }

    /// Of the input frames.
    package var inputUnits: PhysicalUnits { PhysicalUnits(input.layout.rule, of: input.layout.field) }
}

extension BatchSource {
    /// The windows of a data set with values as another one's training split makes them: what a network gets that learnt there.
    ///
    /// - Throws: `.usage` where fields differ in what their numbers mean.
    package convenience init(_ id: String, in bank: Bank, _ request: PlanRequest, valuesAs other: Dataset)
        throws(BankError)
    {
        let ref = try bank.resolve(id)
        let dataset = try Dataset(ref.digest, in: bank)
        try self.init(dataset, called: ref.pinned, request, valuesAs: other)
        for name in [plan.inputField, plan.targetField] {
            let (own, theirs) = (dataset.field(name), other.field(name))
            guard let own, let theirs, own.means(theirs) else {
                throw BankError(
                    .usage,
                    "`\(name)` of \(ref.id) has other units, scale or channels than that of the data set the network learnt "
                        + "from, so its numbers mean something else")
            }
        }
    }
}

extension Dataset {
    fileprivate func field(_ name: String) -> Field? { identity.fields.first { $0.name == name } }
}

extension Field {
    /// Whether stored numbers mean the same.
    fileprivate func means(_ other: Field) -> Bool {
        (channels, units, scale, offset) == (other.channels, other.units, other.scale, other.offset)
    }
}

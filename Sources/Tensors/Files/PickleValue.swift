/// What a checkpoint of PyTorch holds: plain values and tensors.
public enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    /// A list or a tuple.
    case list([PickleValue])
    case dictionary([(key: PickleValue, value: PickleValue)])
    case tensor(Tensor)

    /// The value of a key of text.
    public subscript(_ key: String) -> PickleValue? {
        guard case .dictionary(let members) = self else { return nil }
        return members.first { if case .text(key) = $0.key { true } else { false } }?.value
    }

    /// The members where all keys are texts and all values tensors.
    var tensors: [String: Tensor]? {
        guard case .dictionary(let members) = self, !members.isEmpty else { return nil }
        var result: [String: Tensor] = [:]
        for member in members {
            guard case .text(let key) = member.key, case .tensor(let tensor) = member.value else { return nil }
            result[key] = tensor
        }
        return result
    }
}

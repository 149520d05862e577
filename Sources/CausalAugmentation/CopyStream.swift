package import DataBank
internal import SpaceTime
package import Streaming

/// Opens streams of any plan, with copies where it asks for them. StreamOrder.md, "Copies".
package enum CopyStream {
    /// - Throws: `.usage` where the plan does not fit the data set or the copies, `.damaged` naming the file.
    package static func open(_ id: String, in bank: Bank, _ request: PlanRequest) throws(BankError) -> BatchSource {
        var plain = request
        plain.environments = nil
        plain.copies = nil
        guard let environments = request.environments else {
            guard request.copies == nil else {
                throw BankError(.usage, "`copies` says how copies come; name an environments data set or a recipe too")
            }
            return try BatchSource(id, in: bank, plain)
        }
        let base: BatchSource
        let source: any EnvironmentSource
        switch environments {
        case .text(let name):
            let set = try EnvironmentSet(name, in: bank)
            base = try BatchSource(id, in: bank, plain.filled(from: PlanRequest(set.scenes.source.plan.value)))
            source = try StoredCopies(set, for: base)
        case .object(let members):
            let (importance, recipe) = try Self.recipe(members, in: bank)
            base = try BatchSource(id, in: bank, plain.filled(from: importance.plan))
            source = FlyingCopies(try WindowScenes(base, importance, recipe))
        default: throw BankError(.usage, "environments takes the name of a data set or an object with a recipe")
        }
        return try BatchSource(base, with: source, as: request.copies ?? .parallel)
    }

    private static func recipe(_ members: [String: JSONValue], in bank: Bank) throws(BankError)
        -> (ImportanceSet, AugmentRecipe)
    {
        guard let name = members["importance"]?.text else {
            throw BankError(.usage, "a recipe of copies names an `importance` data set")
        }
        var settings: [String: String] = [:]
        for (key, value) in members where key != "importance" && key != "seed" {
            settings[key] = try Self.text(key, value)
        }
        let seed = try members["seed"].map { value throws(BankError) in try Self.text("seed", value) }
        guard let number = UInt64(seed ?? "0") else { throw BankError(.usage, "seed takes a whole number of 64 bits") }
        return (
            try ImportanceSet(name, in: bank),
            try bankErrors { try AugmentRecipe(settings: settings, seed: number) }
        )
    }

    private static func text(_ key: String, _ value: JSONValue) throws(BankError) -> String {
        switch value {
        case .text(let text): return text
        case .integer, .real, .bool: return value.canonicalText
        default: throw BankError(.usage, "\(key) of a recipe takes a number or a text")
        }
    }
}

extension PlanRequest {
    /// What copies fix, where the user says nothing: they stand for windows of their own plan.
    fileprivate func filled(from plan: PlanRequest) -> PlanRequest {
        var request = self
        request.inputField = inputField ?? plan.inputField
        request.targetField = targetField ?? plan.targetField
        request.inputFrames = inputFrames ?? plan.inputFrames
        request.targetFrames = targetFrames ?? plan.targetFrames
        request.stride = stride ?? plan.stride
        request.crop = crop ?? plan.crop
        request.crossGaps = crossGaps ?? plan.crossGaps
        request.keepMissing = keepMissing ?? plan.keepMissing
        return request
    }
}

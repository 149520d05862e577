import ArgumentParser
import CommandFace
import DataBank
import SpaceTime
import Streaming

/// Copies that a training learns from beside the originals.
struct CopyFlags: ParsableArguments {
    @Option(help: "An environments data set, or a recipe as JSON: {\"importance\":ID,\"copies\":3}.")
    var environments: String?

    @Option(help: "How copies come: parallel, in one step with the original, or appended as more samples.")
    var form: String?

    @Option(
        help: "With parallel: the weights of the original and each copy, as in 0.4,0.2,0.2,0.2; alike where not given.")
    var prior: String?

    @Flag(help: "With parallel: one environment after the other, which takes less memory.")
    var oneByOne = false

    func validate() throws {
        if let form, CopyMode(rawValue: form) == nil { throw ValidationError("--form takes parallel or appended") }
        if environments == nil, form != nil || prior != nil || oneByOne {
            throw ValidationError("--form, --prior and --one-by-one go with --environments")
        }
    }

    func add(to plan: inout PlanRequest) throws {
        guard let environments else { return }
        let isRecipe = environments.drop { $0 == " " }.first == "{"
        plan.environments = isRecipe ? try PlanOptions.json(environments) : .text(environments)
        plan.copies = form.flatMap(CopyMode.init(rawValue:)) ?? .parallel
    }

    func priorNumbers() throws -> [Double]? {
        try prior.map { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                guard let number = Double(part) else { throw BankError(.usage, "--prior takes numbers, not `\(part)`") }
                return number
            }
        }
    }
}

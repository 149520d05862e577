import ArgumentParser
import DataBank
import Networks
import SpaceTime

/// Gradient checkpointing of a recurrence.
struct CheckpointFlags: ParsableArguments {
    private static let setting = "checkpoint_steps"

    @Option(
        help: """
            Recurrent networks: do so many time steps at a time again on the way back instead of keeping all that they need; \
            less memory, the same result.
            """)
    var checkpointSteps: Int?

    func validate() throws {
        if let checkpointSteps, checkpointSteps < 1 { throw ValidationError("--checkpoint-steps takes 1 or more") }
    }

    /// - Throws: `.usage` where the network has no recurrence.
    func add(to settings: inout [String: JSONValue], of model: String) throws {
        guard let checkpointSteps else { return }
        guard try NetworkCatalogue.settingNames(of: model).contains(Self.setting) else {
            throw BankError(
                .usage,
                "--checkpoint-steps is for networks that go through time step by step: convlstm, predrnnv2 and e3dlstm; \(model) "
                    + "does not; take a smaller --batch, or --accumulate for the same batch in parts")
        }
        settings[Self.setting] = .integer(Int64(checkpointSteps))
    }
}

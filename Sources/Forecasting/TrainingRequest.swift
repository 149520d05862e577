package import SpaceTime
package import Streaming
package import Training

/// All that a user asks a training of a forecaster for.
package struct TrainingRequest: Sendable {
    /// The data set: name, `name@1.0.0` or `name@1.0.0#digest`.
    package var dataset: String
    /// Such as `simvp`.
    package var model: String
    /// As the record shows it.
    package var preset: String
    /// Under the reference's constructor names; sizes of frames are filled in.
    package var network: [String: JSONValue]
    package var plan: PlanRequest
    package var fit: FitSettings
    /// Recurrent networks: stretch the sampling of true frames over the run.
    package var scalesSampling = false
    /// P(e) of the original and each copy; nil where all are alike.
    package var prior: [Double]?
    /// One environment after the other instead of all in one batch.
    package var isOneByOne = false
    /// Weights to begin with, by name and shape: a run, a data set with weights, or a file.
    package var initial: String?
    package var seed: UInt64 = 0
    /// The run's name.
    package var name: String
    /// Throws away what a run of this name has done.
    package var restarts = false
    package var command: [String] = []
    package var software: [String: String] = [:]

    package init(
        dataset: String, model: String, preset: String, network: [String: JSONValue], plan: PlanRequest,
        fit: FitSettings, name: String
    ) {
        self.dataset = dataset
        self.model = model
        self.preset = preset
        self.network = network
        self.plan = plan
        self.fit = fit
        self.name = name
    }
}

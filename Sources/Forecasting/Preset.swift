internal import DataBank
internal import FoundationEssentials
package import SpaceTime
package import Streaming
package import Training

/// Settings of a network, its training and its data that go together, under a name. A data file (schemas/presets.schema.json).
package struct Preset: Decodable {
    /// One sentence.
    package var about: String
    /// Where the numbers come from; nil where they are the project's own.
    package var source: String?
    /// Under the reference's constructor names. Sizes of frames are filled in; what is left out follows from them.
    package var network: [String: JSONValue]
    package var training: Learning
    /// Keys of a plan; each gives way to the user's own.
    package var plan: JSONValue?

    package struct Learning: Decodable {
        package var epochs: Int
        /// The highest rate of Adam.
        package var rate: Double
        /// As `--schedule` takes it.
        package var schedule: String
        package var clip: Double?
        /// Epochs without a better validation loss after which the training ends; never where left out.
        package var patience: Int?
        package var decay: Double?
        /// Decay of the weights themselves, AdamW.
        package var decoupled: Bool?
        /// Recurrent networks: whether the sampling of true frames is stretched over the run; else its steps are the reference's.
        package var scalesSampling: Bool?

        enum CodingKeys: String, CodingKey {
            case epochs, rate, schedule, clip, patience, decay, decoupled
            case scalesSampling = "scale_sampling"
        }

        /// - Throws: `.usage` where the schedule is none.
        package func fit() throws -> FitSettings {
            guard let schedule = Schedule(schedule) else {
                throw BankError(.usage, "`\(schedule)` is no schedule of a preset")
            }
            var fit = FitSettings(epochs: epochs, rate: rate)
            fit.schedule = schedule
            fit.clip = clip
            fit.patience = patience
            fit.decay = decay.map { FitSettings.Decay(amount: $0, isDecoupled: decoupled ?? false) }
            return fit
        }
    }

    package func planRequest() throws -> PlanRequest { try plan.map { try PlanRequest($0) } ?? PlanRequest() }
}

extension Preset {
    /// One network's file.
    private struct Sheet: Decodable {
        var presets: [String: Preset]
    }

    private static let files: [String: [UInt8]] = [
        "vit": PackageResources.vit_json, "swin": PackageResources.swin_json,
        "rainformer": PackageResources.rainformer_json, "earthformer": PackageResources.earthformer_json,
        "convlstm": PackageResources.convlstm_json, "predrnnv2": PackageResources.predrnnv2_json,
        "e3dlstm": PackageResources.e3dlstm_json, "simvp": PackageResources.simvp_json,
    ]

    /// The networks that have presets.
    package static var models: [String] { files.keys.sorted() }

    /// The presets of a network by name.
    package static func all(of model: String) throws -> [String: Preset] {
        guard let file = files[model] else {
            throw BankError(.usage, "there is no network `\(model)`; there are \(models.joined(separator: ", "))")
        }
        return try JSONDecoder().decode(Sheet.self, from: Data(file)).presets
    }

    /// - Parameter name: of a preset, or a file with one.
    package init(_ name: String, of model: String) throws {
        let all = try Preset.all(of: model)
        if let found = all[name] {
            self = found
            return
        }
        guard name.hasSuffix(".json") else {
            let known = all.keys.sorted().joined(separator: ", ")
            throw BankError(.usage, "\(model) has no preset `\(name)`; it has \(known), or name a .json file with one")
        }
        guard let text = try Disk.text(of: name, limit: 1 << 20) else {
            throw BankError(.usage, "there is no such file", path: name)
        }
        do {
            self = try JSONDecoder().decode(Preset.self, from: Data(text.utf8))
        } catch {
            throw BankError(.usage, "is no preset (schemas/presets.schema.json): \(error)", path: name)
        }
    }
}

internal import DataBank
internal import SpaceTime

/// A recipe as texts, as it stands in an identity, a plan and on a command line. Only options that count are there, so that recipes which
/// make the same copies are the same text.
extension AugmentRecipe {
    /// - Parameter frames: T, which decides sigma where none is given.
    package func settings(frames: Int) -> [String: String] {
        let number = { (value: Double) in JSONValue.real(value).canonicalText }
        var settings = [
            "copies": String(copies), "explorer": explorer.rawValue, "selection": selection.rawValue,
            "dedupe": String(dedupe),
        ]
        if explorer == .mix {
            settings["eta"] = number(eta)
            settings["spatial"] = spatial.rawValue
            settings["temporal"] = temporal.rawValue
            if temporal == .geometric { settings["kappa"] = number(kappa) }
            if temporal == .gaussian { settings["tau"] = tau.map(number) }
            if temporal != .none {
                settings["history"] = history.map(String.init) ?? "all"
                settings["normalise_time"] = String(normaliseTime)
            }
        }
        if selection == .gaussian {
            settings["sigma"] = number(sigma ?? Double(frames) / 4)
            settings["unit"] = unit.rawValue
            settings["rate"] = rate.text
        }
        return settings
    }

    /// - Parameters:
    ///   - settings: what is left out has its default; `others` names keys that are not the recipe's.
    /// - Throws: `.usage` naming a key or value that makes no sense.
    package init(
        settings: [String: String], seed: UInt64, ignoring others: Set<String> = []
    ) throws(AugmentationError) {
        self.seed = seed
        if settings["mode"] == "interventional" {
            self = .interventional
            self.seed = seed
        }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) where !others.contains(key) {
            try set(key, value)
        }
    }

    package mutating func set(_ key: String, _ value: String) throws(AugmentationError) {
        switch key {
        case "mode":
            guard ["paper", "interventional"].contains(value) else {
                throw Self.unfit(key, value, "paper, interventional")
            }
        case "copies": copies = try Self.read(key, value, Int.init, "a whole number")
        case "explorer": explorer = try Self.read(key, value, Mixing.init, "mix, swap")
        case "kappa": kappa = try Self.read(key, value, Self.number, "a number")
        case "eta": eta = try Self.read(key, value, Self.number, "a number")
        case "spatial": spatial = try Self.read(key, value, DistriXplorer.Spatial.init, "importance, uniform")
        case "temporal": temporal = try Self.read(key, value, Temporal.init, "geometric, gaussian, none")
        case "tau": tau = try Self.read(key, value, Self.number, "a number of frames")
        case "history":
            history = value == "all" ? nil : try Self.read(key, value, Int.init, "a number of frames, or all")
        case "normalise_time": normaliseTime = try Self.read(key, value, Bool.init, "true, false")
        case "selection": selection = try Self.read(key, value, Selecting.init, "gaussian, all")
        case "sigma": sigma = try Self.read(key, value, Self.number, "a number of frames")
        case "unit": unit = try Self.read(key, value, GaussianSelection.Unit.init, "patch, frame")
        case "rate":
            rate = try Self.read(key, value, GaussianSelection.Rate.init(text:), "peak, density, weight:FRAMES")
        case "dedupe": dedupe = try Self.read(key, value, Bool.init, "true, false")
        default:
            throw AugmentationError(.usage, "there is no option `\(key)` of copies; `stbank help augment` lists them")
        }
    }

    private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }

    private static func read<Value>(
        _ key: String, _ value: String, _ make: (String) -> Value?, _ choices: String
    ) throws(AugmentationError) -> Value {
        guard let result = make(value) else { throw unfit(key, value, choices) }
        return result
    }

    private static func unfit(_ key: String, _ value: String, _ choices: String) -> AugmentationError {
        AugmentationError(.usage, "\(key) does not take `\(value)`; it takes \(choices)")
    }
}

extension GaussianSelection.Rate {
    /// `peak`, `density` or `weight:FRAMES`.
    init?(text: String) {
        switch text {
        case "peak": self = .peak
        case "density": self = .density
        default:
            guard text.hasPrefix("weight:"), let frames = Int(text.dropFirst(7)) else { return nil }
            self = .weight(frames: frames)
        }
    }

    var text: String {
        switch self {
        case .peak: "peak"
        case .density: "density"
        case .weight(let frames): "weight:\(frames)"
        }
    }
}

public import FoundationEssentials
public import Tensors

/// The networks by the names that settings and golden files give them.
public enum NetworkCatalogue {
    /// Builds a network with its initial values.
    ///
    /// - Parameters:
    ///   - model: such as `vit`, `swin_upstream`; what follows a double underscore names a variant and is ignored.
    ///   - settings: JSON under the reference's constructor names.
    /// - Throws: `.operands` where there is no such network or its settings make none.
    public static func network(_ model: String, settings: Data, on device: Device = .cpu) throws -> any Forecaster {
        let cut = model.firstRange(of: "__")
        switch String(cut.map { model[..<$0.lowerBound] } ?? model[...]) {
        case "vit", "vit_upstream": return try ViT(decoded(settings, for: model), on: device)
        case "vit_upstream_paper":
            var form: ViTConfiguration = try decoded(settings, for: model)
            form.applyTwice = true
            return try ViT(form, on: device)
        case "swin", "swin_upstream": return try Swin(decoded(settings, for: model), on: device)
        case "convlstm": return try ConvLSTM(decoded(settings, for: model), on: device)
        case "predrnnv2": return try PredRNN(decoded(settings, for: model), on: device)
        case "e3dlstm": return try E3DLSTM(decoded(settings, for: model), on: device)
        case "earthformer": return try Earthformer(decoded(settings, for: model), on: device)
        case "rainformer": return try Rainformer(decoded(settings, for: model), on: device)
        case "simvp": return try SimVP(decoded(settings, for: model), on: device)
        case "simvp_openstl_incepu", "simvp_openstl_gsta":
            let form: SimVPConfiguration = try decoded(settings, for: model)
            try refuse(form.form == .nuwaDynamics, "`\(model)` needs the model_type incepu or gsta")
            return try SimVP(form, on: device)
        default: throw TensorError(.operands, "there is no network of the name `\(model)`")
        }
    }

    private static func decoded<Settings: Decodable>(_ settings: Data, for model: String) throws -> Settings {
        do {
            return try JSONDecoder().decode(Settings.self, from: settings)
        } catch let error as DecodingError {
            throw TensorError(.operands, "the settings of `\(model)` cannot be understood: \(error.words)")
        }
    }
}

extension DecodingError {
    fileprivate var words: String {
        func place(_ context: Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
        switch self {
        case .keyNotFound(let key, _): return "`\(key.stringValue)` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "`\(place(context))`: \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }
}

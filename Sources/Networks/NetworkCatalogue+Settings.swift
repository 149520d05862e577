public import Tensors

extension NetworkCatalogue {
    /// The names that settings of a network may have.
    ///
    /// - Throws: `.operands` where there is no such network.
    public static func settingNames(of model: String) throws(TensorError) -> [String] {
        func names(_ keys: [some CodingKey]) -> [String] { keys.map(\.stringValue) }
        switch model {
        case "vit": return names(ViTConfiguration.CodingKeys.allCases)
        case "swin": return names(SwinConfiguration.CodingKeys.allCases)
        case "convlstm", "predrnnv2", "e3dlstm":
            return names(RecurrentConfiguration.CodingKeys.allCases) + names(SamplingSchedule.CodingKeys.allCases)
        case "earthformer": return EarthformerConfiguration.settingNames
        case "rainformer": return names(RainformerConfiguration.CodingKeys.allCases)
        case "simvp": return names(SimVPConfiguration.CodingKeys.allCases)
        default: throw TensorError(.operands, "there is no network of the name `\(model)`")
        }
    }
}

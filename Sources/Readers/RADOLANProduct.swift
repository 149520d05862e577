internal import SpaceTime

/// A RADOLAN composite product that is read.
struct RADOLANProduct: Hashable, Sendable {
    enum Quantity: Hashable, Sendable {
        /// Two bytes a cell: rain, to be multiplied by the header's `PR`.
        case rain
        /// One byte a cell: reflectivity in half decibels.
        case reflectivity
    }

    /// Two capitals as in the header.
    let name: String
    let quantity: Quantity
    let longName: String
    /// Several lead times belong to one forecast.
    var isForecast: Bool { name == "RV" }

    var bytesPerCell: Int { quantity == .rain ? 2 : 1 }

    static let all: [RADOLANProduct] = [
        RADOLANProduct(name: "RY", quantity: .rain, longName: "quality-controlled rain depth"),
        RADOLANProduct(name: "YW", quantity: .rain, longName: "gauge-adjusted rain depth of the radar climatology"),
        RADOLANProduct(name: "RW", quantity: .rain, longName: "gauge-adjusted rain depth"),
        RADOLANProduct(name: "RZ", quantity: .rain, longName: "rain depth from reflectivity"),
        RADOLANProduct(name: "RV", quantity: .rain, longName: "forecast rain depth"),
        RADOLANProduct(name: "RX", quantity: .reflectivity, longName: "radar reflectivity"),
        RADOLANProduct(name: "EX", quantity: .reflectivity, longName: "radar reflectivity, Central Europe"),
        RADOLANProduct(name: "WX", quantity: .reflectivity, longName: "radar reflectivity, extended national grid"),
    ]

    static let names = all.map(\.name).joined(separator: ", ")

    static func named(_ name: String) -> RADOLANProduct? { all.first { $0.name == name } }
}

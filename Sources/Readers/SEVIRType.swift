internal import SpaceTime

/// One of SEVIR's five sensors, in the order in which one is chosen where the user names none.
enum SEVIRType: String, CaseIterable, Hashable, Sendable {
    case vil, ir069, ir107, vis, lght

    static let words = allCases.map(\.rawValue)

    /// The frames that the official files hold of every event.
    static let officialFrameCount = 49

    /// The element type of the official files; counts of lightning are made here.
    var element: ElementType {
        switch self {
        case .vil: .uint8
        case .vis, .ir069, .ir107: .int16
        case .lght: .uint16
        }
    }

    /// The field of a type. Scale, units and missing value hold for the official element type only: extracts that hold
    /// other numbers say nothing of what was done to them.
    func field(element: ElementType, rows: Int, columns: Int) -> Field {
        let isOfficial = element == self.element
        return Field(
            name: rawValue, element: element, rows: rows, columns: columns,
            units: isOfficial && isTemperature ? "degC" : "1", scale: isOfficial ? scale : 1,
            missing: isOfficial ? missing : [], rowOrder: .southFirst, longName: longName,
            attributes: isOfficial && self == .vil ? ["conversion": .text(SEVIRType.waterFormula)] : [:])
    }

    private var isTemperature: Bool { self == .ir069 || self == .ir107 }

    private var scale: Double {
        switch self {
        case .vil, .lght: 1
        case .vis: 1e-4
        case .ir069, .ir107: 0.01
        }
    }

    private var missing: [Scalar] {
        switch self {
        case .vil: [.integer(255)]
        case .vis, .ir069, .ir107: [.integer(-32768)]
        case .lght: []
        }
    }

    private var longName: String {
        switch self {
        case .vil: "vertically integrated liquid, code 0 to 254"
        case .vis: "reflectance factor at 0.64 micrometres"
        case .ir069: "brightness temperature at 6.9 micrometres"
        case .ir107: "brightness temperature at 10.7 micrometres"
        case .lght: "lightning flashes in five minutes"
        }
    }

    /// The SEVIR tutorial's formula; the brackets in the paper's supplement are misplaced.
    private static let waterFormula =
        "kg m-2 of code X: 0 for X <= 5; (X - 2)/90.66 for 5 < X <= 18; exp((X - 83.9)/38.9) for 18 < X <= 254"
}

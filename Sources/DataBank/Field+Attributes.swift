package import SpaceTime

extension Field {
    /// What a payload's variable says of its values.
    ///
    /// - Parameter coordinates: the variable that tells where on another axis each value stands.
    package func valueAttributes(coordinates: String? = nil) -> [PayloadLayout.Attribute] {
        var result = [PayloadLayout.Attribute("long_name", longName), PayloadLayout.Attribute("units", units)]
        if scale != 1 || offset != 0 {
            result.append(PayloadLayout.Attribute("scale_factor", [.real(scale)], as: .float64))
            result.append(PayloadLayout.Attribute("add_offset", [.real(offset)], as: .float64))
        }
        if let fill = missing.first ?? (element.isFloatingPoint ? .real(.nan) : nil) {
            result.append(PayloadLayout.Attribute("_FillValue", [fill], as: element))
        }
        if missing.count > 1 {
            result.append(PayloadLayout.Attribute("missing_value", Array(missing.dropFirst()), as: element))
        }
        result.append(PayloadLayout.Attribute("row_order", rowOrder.rawValue))
        if let coordinates { result.append(PayloadLayout.Attribute("coordinates", coordinates)) }
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            result.append(Field.attribute(name, value))
        }
        return result
    }

    private static func attribute(_ name: String, _ value: Scalar) -> PayloadLayout.Attribute {
        switch value {
        case .integer: PayloadLayout.Attribute(name, [value], as: .int64)
        case .real: PayloadLayout.Attribute(name, [value], as: .float64)
        case .text(let text): PayloadLayout.Attribute(name, text)
        }
    }
}

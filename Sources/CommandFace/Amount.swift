/// Numbers as people read them.
package enum Amount {
    package static func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count) B" : "\(decimals(value, value < 10 ? 1 : 0)) \(units[unit])"
    }

    package static func decimals(_ value: Double, _ places: Int) -> String {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        let scaled = (value * factor).rounded()
        guard places > 0 else { return String(Int(scaled)) }
        let digits = String(Int(abs(scaled)))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (scaled < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// Four significant digits.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.description }
        if value == value.rounded(), abs(value) < 1e9 { return String(Int(value)) }
        let size = abs(value)
        guard size >= 1e6 || size < 1e-3 else { return decimals(value, size >= 100 ? 1 : size >= 1 ? 3 : 5) }
        var (mantissa, exponent) = (value, 0)
        while abs(mantissa) >= 9.9995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while abs(mantissa) < 0.99995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return decimals(mantissa, 3) + "e\(exponent)"
    }
}

package import SpaceTime

extension TimeAxis {
    /// What a variable of times says of its numbers, in CF terms.
    package func attributes(longName: String) -> [PayloadLayout.Attribute] {
        var attributes = [PayloadLayout.Attribute("long_name", longName)]
        switch kind {
        case .clock:
            attributes.append(PayloadLayout.Attribute("standard_name", "time"))
            attributes.append(PayloadLayout.Attribute("units", "seconds since 1970-01-01 00:00:00"))
            attributes.append(PayloadLayout.Attribute("calendar", "standard"))
            if let offset = utcOffsetMinutes {
                attributes.append(PayloadLayout.Attribute("utc_offset_minutes", [.integer(Int64(offset))], as: .int32))
            } else {
                attributes.append(PayloadLayout.Attribute("comment", "the source's own clock; its zone is not known"))
            }
        case .counter:
            attributes.append(PayloadLayout.Attribute("units", "1"))
            if let seconds = secondsPerCount {
                attributes.append(PayloadLayout.Attribute("seconds_per_count", [.real(seconds)], as: .float64))
            }
        }
        return attributes
    }
}

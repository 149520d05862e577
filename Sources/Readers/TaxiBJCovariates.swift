internal import ArrayFiles
internal import SpaceTime

/// Weather and holidays of Beijing, which lie beside the flows.
struct TaxiBJCovariates {
    /// What one slot's weather is.
    private struct Weather {
        var temperature: Double
        var wind: Double
        var kinds: [Double]
    }

    private var weather: [Int64: Weather]?
    private var holidays: Set<Int64>?
    private(set) var notes: [String] = []
    /// Seconds of a slot: the weather of the slot before is taken.
    private var step: Int64 = 1800

    static let weatherKinds = 17

    /// No file: no covariates.
    init() {}

    /// - Parameters:
    ///   - weatherFile: `BJ_Meteorology.h5`.
    ///   - holidayFile: `BJ_Holiday.txt`, a day `YYYYMMDD` a line.
    init(weatherFile: Survey.Source?, holidayFile: Survey.Source?, minutes: Int) throws(ReaderError) {
        step = Int64(minutes) * 60
        if let weatherFile {
            weather = try TaxiBJCovariates.weather(weatherFile.path, minutes: minutes)
            notes.append(
                "The weather of a slot is that of the slot before, as ST-ResNet takes it; NaN where \(weatherFile.name) lacks it."
            )
        }
        if let holidayFile { holidays = try TaxiBJCovariates.holidays(holidayFile.path) }
    }

    var survey: [Survey.Covariate] {
        var result: [Survey.Covariate] = []
        if weather != nil {
            result += [
                Survey.Covariate(name: "temperature", units: "degC", longName: "air temperature of the slot before"),
                Survey.Covariate(name: "wind_speed", units: "mph", longName: "wind speed of the slot before"),
                Survey.Covariate(
                    name: "weather", longName: "kind of weather of the slot before, one of 17", width: Self.weatherKinds
                ),
            ]
        }
        if holidays != nil { result.append(Survey.Covariate(name: "holiday", longName: "1 on holidays, else 0")) }
        return result
    }

    /// The numbers of some frames, in the order of `survey`.
    func values(at times: [Int64]) -> [[Double]] {
        var result: [[Double]] = []
        if let weather {
            let slots = times.map { weather[$0 - step] }
            result.append(slots.map { $0?.temperature ?? .nan })
            result.append(slots.map { $0?.wind ?? .nan })
            let none = [Double](repeating: .nan, count: Self.weatherKinds)
            result.append(slots.flatMap { $0?.kinds ?? none })
        }
        if let holidays { result.append(times.map { holidays.contains(TaxiBJSlots.day(of: $0)) ? 1 : 0 }) }
        return result
    }

    private static func weather(_ path: String, minutes: Int) throws(ReaderError) -> [Int64: Weather] {
        let file = try HDF5File(path: path)
        let dates = try file.dataset("date")
        guard dates.shape.count == 1, dates.count <= 4_000_000 else {
            throw ReaderError(.damaged, "has shape \(dates.shape); a list of slots is needed", path: dates.place)
        }
        let slots = try TaxiBJSlots(try dates.strings(), minutes: minutes, path: dates.place)
        let temperature = try numbers("Temperature", [dates.count], in: file)
        let wind = try numbers("WindSpeed", [dates.count], in: file)
        let kinds = try numbers("Weather", [dates.count, weatherKinds], in: file)
        var result: [Int64: Weather] = [:]
        for (position, time) in slots.times.enumerated() {
            let kind = kinds[(position * weatherKinds)..<((position + 1) * weatherKinds)]
            result[time] = Weather(temperature: temperature[position], wind: wind[position], kinds: Array(kind))
        }
        return result
    }

    private static func numbers(_ name: String, _ shape: [Int], in file: HDF5File) throws(ReaderError) -> [Double] {
        let dataset = try file.dataset(name)
        guard dataset.shape == shape else {
            throw ReaderError(.damaged, "has shape \(dataset.shape), but `date` makes it \(shape)", path: dataset.place)
        }
        return try dataset.doubles()
    }

    /// Days since 1970.
    private static func holidays(_ path: String) throws(ReaderError) -> Set<Int64> {
        let bytes = try SourceFiles.bytes(of: path, atMost: 1 << 20)
        var result: Set<Int64> = []
        for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != " " && $0 != "\u{FEFF}" }
            if text.isEmpty { continue }
            guard text.utf8.count == 8, let time = CivilTime.compact(text) else {
                throw ReaderError(
                    .damaged, "line \(number + 1) is `\(text.prefix(20))`; YYYYMMDD is needed", path: path)
            }
            result.insert(TaxiBJSlots.day(of: time))
        }
        return result
    }
}

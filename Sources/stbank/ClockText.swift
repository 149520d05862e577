import FoundationEssentials

/// Seconds since 1970 as `2019-06-01 12:30:00`, in the clock they were written in.
enum ClockText {
    static func text(_ seconds: Int64) -> String {
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        return text.replacing("T", with: " ").replacing("Z", with: "")
    }
}

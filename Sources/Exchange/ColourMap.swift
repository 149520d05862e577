/// Shares of a range as colours: dark blue over green to yellow, equally light steps, for eyes of every kind (viridis).
enum ColourMap {
    private static let stops: [(red: Double, green: Double, blue: Double)] = [
        (68, 1, 84), (72, 40, 120), (62, 74, 137), (49, 104, 142), (38, 130, 142), (31, 158, 137), (53, 183, 121),
        (110, 206, 88), (181, 222, 43), (253, 231, 37),
    ]

    /// What a missing value looks like.
    static let missing: [UInt8] = [128, 128, 128]

    static func colour(_ share: Double) -> [UInt8] {
        let place = min(max(share, 0), 1) * Double(stops.count - 1)
        let left = min(Int(place), stops.count - 2)
        let rest = place - Double(left)
        let mix = { (one: Double, other: Double) in UInt8((one + (other - one) * rest).rounded()) }
        return [
            mix(stops[left].red, stops[left + 1].red), mix(stops[left].green, stops[left + 1].green),
            mix(stops[left].blue, stops[left + 1].blue),
        ]
    }
}

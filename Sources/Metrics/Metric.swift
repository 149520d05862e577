/// Adds up over samples, frame by frame, in float64, so that nothing has to be kept.
public protocol Metric: Sendable {
    /// Takes in a predicted and a true frame of one shape.
    ///
    /// - Parameter lead: the frame's place among the predicted ones, from 0.
    mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int)

    /// Lead times met so far.
    var leads: Int { get }

    /// Every number that this metric gives, under the names that tables show, over some lead times.
    func scores(over leads: Range<Int>) -> [Score]
}

/// A number with its name, such as `csi@74`.
public struct Score: Hashable, Sendable, Codable {
    public var name: String
    /// NaN where there was nothing to score, infinite where nothing was wrong (PSNR).
    public var value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

extension Metric {
    /// Over all lead times.
    public var scores: [Score] { scores(over: 0..<leads) }
}

extension Array {
    /// Makes room for an index, filling up with a value.
    mutating func reach(_ index: Int, _ value: @autoclosure () -> Element) {
        while count <= index { append(value()) }
    }
}

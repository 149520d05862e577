/// How one group of a golden file compares.
package struct ParityLine: Hashable, Sendable {
    package var group: String
    /// How many arrays and attributes were compared.
    package var arrays: Int
    /// The largest absolute difference; infinite where shapes differ or one side only is NaN.
    package var difference: Double
    /// The tolerance of the array with this difference; 0 where it must be equal.
    package var tolerance: Double
    /// Whether every array is within its own tolerance.
    package var passes: Bool
    /// The array with the largest difference, the failing one first; empty where all are equal.
    package var worst: String
}

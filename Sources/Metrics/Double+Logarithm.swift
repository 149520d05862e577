internal import Glibc

extension Double {
    var decimalLogarithm: Double { log10(self) }
    /// e to the power of this.
    var exponential: Double { exp(self) }
}

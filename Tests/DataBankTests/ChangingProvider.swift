import BankRig
import SpaceTime

/// A provider during whose delivery something else happens.
final class ChangingProvider: FrameProvider {
    var survey: Survey
    var whileReading: () throws -> Void = {}
    private let inner: MemoryProvider

    init(_ inner: MemoryProvider) {
        self.inner = inner
        survey = inner.survey
    }

    func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        try whileReading()
        try inner.deliver(parts, to: receiver)
    }
}

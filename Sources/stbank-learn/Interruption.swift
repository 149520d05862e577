import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the work under way stops at its next safe place; a second time the process ends at once.
enum Interruption {
    private static let asked = Atomic<Bool>(false)

    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// From now on signals only ask.
    static func listen() {
        let handler: @convention(c) (Int32) -> Void = { _ in
            if Interruption.asked.exchange(true, ordering: .relaxed) { _exit(130) }
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
    }
}

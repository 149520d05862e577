import CommandFace
import DataBank
import Discovery
import Training

/// Shows how a discovery goes.
final class StepBar {
    private let console: Console
    private var bar: ProgressBar?
    private var title = ""

    init(_ console: Console) { self.console = console }

    func show(_ event: Discovery.Event) {
        switch event {
        case .note(let text):
            finish()
            console.note(text)
        case .training(.resumed(let step)):
            finish()
            console.note("going on after step \(step)")
        case .training(.step(let done, let total, _)): show("train", done, total, "steps")
        case .training(.epoch(let epoch)):
            finish()
            let held = epoch.validation.map { "  validation \(Amount.number($0))" } ?? ""
            console.note("epoch \(epoch.number)  loss \(Amount.number(epoch.training))\(held)")
        case .maps(let done, let total): show("maps", done, total, "windows")
        }
    }

    func finish() {
        bar?.finish()
        bar = nil
    }

    private func show(_ title: String, _ done: Int, _ total: Int, _ unit: String) {
        if bar == nil || self.title != title {
            finish()
            self.title = title
            bar = ProgressBar(title, console: console, unit: unit, done: done)
        }
        bar?.show(done, of: total)
    }
}

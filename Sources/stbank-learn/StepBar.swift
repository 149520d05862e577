import CommandFace
import DataBank
import Discovery
import Training

/// Shows how a training or a discovery goes.
final class StepBar {
    private let console: Console
    private var bar: ProgressBar?
    private var title = ""

    init(_ console: Console) { self.console = console }

    func show(_ event: Discovery.Event) {
        switch event {
        case .note(let text): note(text)
        case .training(let event): show(event)
        case .maps(let done, let total): show("maps", done, total, "windows")
        }
    }

    func show(_ event: FitEvent) {
        switch event {
        case .resumed(let step): note("going on after step \(step)")
        case .step(let done, let total, _): show("train", done, total, "steps")
        case .epoch(let epoch):
            let held = epoch.validation.map { "  validation \(Amount.number($0))" } ?? ""
            note("epoch \(epoch.number)  loss \(Amount.number(epoch.training))\(held)")
        }
    }

    func note(_ text: String) {
        finish()
        console.note(text)
    }

    func finish() {
        bar?.finish()
        bar = nil
    }

    func show(_ title: String, _ done: Int, _ total: Int, _ unit: String) {
        if bar == nil || self.title != title {
            finish()
            self.title = title
            bar = ProgressBar(title, console: console, unit: unit, done: done)
        }
        bar?.show(done, of: total)
    }
}

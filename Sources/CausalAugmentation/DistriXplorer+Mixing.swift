internal import CMixing

/// From draws to values: the sum over time of every neighbour that is needed, then the sum over neighbours (Decisions/Mixing.md).
extension DistriXplorer {
    package func fill(
        _ draws: [CopyDraw], of scene: Scene, into values: UnsafeMutableRawBufferPointer, _ scratch: MixingScratch
    ) {
        let (layout, window) = (scene.layout, scene.window)
        precondition(
            values.count == draws.reduce(0) { $0 + $1.patches.count } * layout.patchByteCount, "room for all patches")
        let count = number(draws, frames: window.count, layout.grid, scratch)
        let room = scratch.room(count * layout.patchElements)
        let table = time.table(frames: window.count)
        layout.withKernelField { field in
            window.frames.withUnsafeBufferPointer { frames in
                table.withPointer { table in
                    let kernel = Kernel(field: field, frames: frames.baseAddress, table: table, histories: room.baseAddress)
                    sumOverTime(scene, kernel, scratch)
                    mix(draws, scene, kernel, scratch, values.baseAddress)
                }
            }
        }
    }

    /// What the kernels are given.
    private struct Kernel {
        let field: UnsafePointer<cm_field>
        let frames: UnsafePointer<UnsafeRawPointer?>?
        let table: UnsafePointer<Double>?
        let histories: UnsafeMutablePointer<Double>?
    }

    /// Gives each frame and patch that takes part in a mix a number; returns how many there are.
    private func number(_ draws: [CopyDraw], frames: Int, _ grid: PatchGrid, _ scratch: MixingScratch) -> Int {
        var places = scratch.places
        scratch.places = []
        if places.count == frames * grid.count {
            for place in places.indices { places[place] = -1 }
        } else {
            places = [Int32](repeating: -1, count: frames * grid.count)
        }
        for draw in draws {
            for patch in draw.patches {
                let row = Int(patch.frame) * grid.count
                for neighbour in patch.neighbours {
                    places[row + grid.patch(neighbour, around: Int(patch.patch))] = 0
                }
            }
        }
        // Numbered patch by patch, since that is how they are made.
        var next: Int32 = 0
        for patch in 0..<grid.count {
            for frame in 0..<frames where places[frame * grid.count + patch] == 0 {
                places[frame * grid.count + patch] = next
                next += 1
            }
        }
        scratch.places = places
        return Int(next)
    }

    private func sumOverTime(_ scene: Scene, _ kernel: Kernel, _ scratch: MixingScratch) {
        let (count, frames) = (scene.layout.grid.count, scene.window.count)
        let size = scene.layout.patchElements
        let times = (0..<frames).map { time.kernel($0, table: kernel.table) }
        scratch.results = [UnsafeMutablePointer<Double>?](repeating: nil, count: frames)
        for patch in 0..<count {
            var last = -1
            for frame in 0..<frames {
                let place = Int(scratch.places[frame * count + patch])
                scratch.results[frame] = place < 0 ? nil : kernel.histories.map { $0 + place * size }
                if place >= 0 { last = frame }
            }
            guard last >= 0 else { continue }
            if time.isCarried {
                var whole = times[last]
                cm_history(kernel.field, kernel.frames, patch, &whole, scratch.results)
                continue
            }
            // Sums that do not follow from one another are made one by one.
            for frame in 0...last {
                guard let result = scratch.results[frame] else { continue }
                var own = times[frame]
                var alone = [UnsafeMutablePointer<Double>?](repeating: nil, count: frames)
                alone[frame] = result
                cm_history(kernel.field, kernel.frames, patch, &own, alone)
            }
        }
    }

    private func mix(
        _ draws: [CopyDraw], _ scene: Scene, _ kernel: Kernel, _ scratch: MixingScratch,
        _ values: UnsafeMutableRawPointer?
    ) {
        guard var target = values else { return }
        let times = (0..<scene.window.count).map { (kernel: time.kernel($0, table: kernel.table), scale: time.scale($0)) }
        for draw in draws {
            for patch in draw.patches {
                let (time, scale) = times[Int(patch.frame)]
                gather(patch, scene, scale, kernel, scratch)
                var sources = scratch.mixture.sources
                withUnsafePointer(to: time) { time in
                    cm_mix(kernel.field, kernel.frames, Int(patch.patch), time, &sources, eta, target)
                }
                target += scene.layout.patchByteCount
            }
        }
    }

    /// Lists the neighbours of one mix with what they count.
    @inline(__always)
    private func gather(
        _ draw: PatchDraw, _ scene: Scene, _ scale: (value: Double, isDivisor: Bool), _ kernel: Kernel,
        _ scratch: MixingScratch
    ) {
        let (grid, size) = (scene.layout.grid, scene.layout.patchElements)
        let row = scene.map.row(ofFrame: Int(draw.frame))
        let places = Int(draw.frame) * grid.count
        let mixture = scratch.mixture
        mixture.count = 0
        var sum = 0.0
        for place in draw.neighbours {
            let neighbour = grid.patch(place, around: Int(draw.patch))
            let history = Int(scratch.places[places + neighbour]) * size
            let importance = scene.map.importance[row + neighbour]
            mixture.add(neighbour, importance, kernel.histories.map { UnsafePointer($0 + history) })
            sum += importance
        }
        for index in 0..<mixture.count {
            let share = share(of: mixture.lambda[index], sum: sum, count: mixture.count)
            mixture.lambda[index] = share
            mixture.scaled[index] = scale.isDivisor ? share / scale.value : share * scale.value
        }
    }
}

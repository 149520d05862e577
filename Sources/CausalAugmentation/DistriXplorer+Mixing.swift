internal import CMixing

/// From draws to values: the sum over time of every neighbour that is needed, then the sum over neighbours.
extension DistriXplorer {
    package func fill(
        _ draws: [CopyDraw], of scene: Scene, into values: UnsafeMutableRawBufferPointer, _ scratch: MixingScratch
    ) {
        let (layout, window) = (scene.layout, scene.window)
        let patches = draws.reduce(0) { $0 + $1.patches.count }
        precondition(values.count == patches * layout.patchByteCount, "room for all patches")
        let sums = number(draws, frames: window.count, layout.grid, scratch)
        let table = time.table(frames: window.count)
        table.withPointer { table in
            let times = (0..<window.count).map { time.kernel($0, table: table) }
            let room = scratch.draws(patches)
            list(draws, scene, scratch.places, room)
            layout.withKernelField { field in
                var kernel = cm_window()
                kernel.frame_count = window.count
                kernel.patch_count = layout.grid.count
                kernel.sums = scratch.room(sums * 16).baseAddress
                window.frames.withUnsafeBufferPointer { frames in
                    times.withUnsafeBufferPointer { times in
                        scratch.places.withUnsafeBufferPointer { places in
                            kernel.frames = frames.baseAddress
                            kernel.times = times.baseAddress
                            kernel.places = places.baseAddress
                            cm_mix(field, &kernel, room.baseAddress, patches, eta, values.baseAddress)
                        }
                    }
                }
            }
        }
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
        var next: Int32 = 0
        for place in places.indices where places[place] == 0 {
            places[place] = next
            next += 1
        }
        scratch.places = places
        return Int(next)
    }

    /// Lists the neighbours of each mix with what they count.
    private func list(
        _ draws: [CopyDraw], _ scene: Scene, _ places: [Int32], _ room: UnsafeMutableBufferPointer<cm_draw>
    ) {
        let scales = (0..<scene.window.count).map { time.scale($0) }
        var index = 0
        for draw in draws {
            for patch in draw.patches {
                gather(patch, scene, scales[Int(patch.frame)], places, &room[index])
                index += 1
            }
        }
    }

    @inline(__always)
    private func gather(
        _ patch: PatchDraw, _ scene: Scene, _ scale: (value: Double, isDivisor: Bool), _ places: [Int32],
        _ draw: inout cm_draw
    ) {
        let grid = scene.layout.grid
        let row = scene.map.row(ofFrame: Int(patch.frame))
        let firstPlace = Int(patch.frame) * grid.count
        draw.frame = UInt32(patch.frame)
        draw.patch = UInt32(patch.patch)
        draw.count = UInt32(patch.neighbours.count)
        withUnsafeMutableBytes(of: &draw.neighbours) { neighbours in
            withUnsafeMutableBytes(of: &draw.places) { numbers in
                let neighbours = neighbours.assumingMemoryBound(to: UInt32.self)
                let numbers = numbers.assumingMemoryBound(to: UInt32.self)
                for (index, place) in patch.neighbours.enumerated() {
                    let neighbour = grid.patch(place, around: Int(patch.patch))
                    neighbours[index] = UInt32(neighbour)
                    numbers[index] = UInt32(places[firstPlace + neighbour])
                }
            }
        }
        weigh(patch, scene.map, row, grid, scale, &draw)
    }

    /// What each neighbour counts, and that by the scale of the weights of time.
    @inline(__always)
    private func weigh(
        _ patch: PatchDraw, _ map: CausalMap, _ row: Int, _ grid: PatchGrid, _ scale: (value: Double, isDivisor: Bool),
        _ draw: inout cm_draw
    ) {
        withUnsafeMutableBytes(of: &draw.lambda) { lambda in
            withUnsafeMutableBytes(of: &draw.scaled) { scaled in
                let lambda = lambda.assumingMemoryBound(to: Double.self)
                let scaled = scaled.assumingMemoryBound(to: Double.self)
                var (count, sum) = (0, 0.0)
                for place in patch.neighbours {
                    lambda[count] = map.importance[row + grid.patch(place, around: Int(patch.patch))]
                    sum += lambda[count]
                    count += 1
                }
                for index in 0..<count {
                    lambda[index] = share(of: lambda[index], sum: sum, count: count)
                    scaled[index] = scale.isDivisor ? lambda[index] / scale.value : lambda[index] * scale.value
                }
            }
        }
    }
}

extension Optional where Wrapped == [Double] {
    /// Lends the numbers; nil where there are none.
    fileprivate func withPointer<R>(_ body: (UnsafePointer<Double>?) -> R) -> R {
        guard let self else { return body(nil) }
        return self.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

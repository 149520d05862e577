internal import CMixing

/// From draws to values: the sum over time of every neighbour that is needed, then the sum over neighbours.
extension DistriXplorer {
    package func fill(
        _ draws: [CopyDraw], of scene: Scene, into values: UnsafeMutableRawBufferPointer, _ scratch: MixingScratch
    ) {
        let (layout, window) = (scene.layout, scene.window)
        let patches = draws.reduce(0) { $0 + $1.patches.count }
        precondition(values.count == patches * layout.patchByteCount, "room for all patches")
        let table = time.table(frames: window.count)
        table.withPointer { table in
            let times = (0..<window.count).map { time.kernel($0, table: table) }
            let room = scratch.draws(patches)
            list(draws, scene, scratch, room)
            layout.withKernelField { field in
                var kernel = cm_window()
                kernel.frame_count = window.count
                kernel.patch_count = layout.grid.count
                kernel.sums = scratch.room(layout.grid.count * CM_SUMS).baseAddress
                window.frames.withUnsafeBufferPointer { frames in
                    times.withUnsafeBufferPointer { times in
                        scratch.needed.withUnsafeBufferPointer { needed in
                            kernel.frames = frames.baseAddress
                            kernel.times = times.baseAddress
                            kernel.needed = needed.baseAddress
                            cm_mix(field, &kernel, room.baseAddress, patches, eta, values.baseAddress)
                        }
                    }
                }
            }
        }
    }

    /// Lists the neighbours of each mix with what they count: frame by frame, and mixes of equally many neighbours together, since
    /// processors like what goes on as it went before. Notes whose sums are needed.
    private func list(
        _ draws: [CopyDraw], _ scene: Scene, _ scratch: MixingScratch, _ room: UnsafeMutableBufferPointer<cm_draw>
    ) {
        let scales = (0..<scene.window.count).map { time.scale($0) }
        var next = begins(draws, frames: scene.window.count)
        var needed = scratch.needed
        scratch.needed = []
        let count = scene.window.count * scene.layout.grid.count
        if needed.count == count {
            for place in needed.indices { needed[place] = 0 }
        } else {
            needed = [UInt8](repeating: 0, count: count)
        }
        var place: UInt32 = 0
        for draw in draws {
            for patch in draw.patches {
                let bucket = Self.bucket(patch)
                room[next[bucket]].place = place
                gather(patch, scene, scales[Int(patch.frame)], &needed, &room[next[bucket]])
                next[bucket] += 1
                place += 1
            }
        }
        scratch.needed = needed
    }

    @inline(__always)
    private static func bucket(_ patch: PatchDraw) -> Int { Int(patch.frame) * 8 + patch.neighbours.count - 1 }

    /// Where the mixes of each frame and number of neighbours begin.
    private func begins(_ draws: [CopyDraw], frames: Int) -> [Int] {
        var begins = [Int](repeating: 0, count: frames * 8)
        for draw in draws {
            for patch in draw.patches { begins[Self.bucket(patch)] += 1 }
        }
        var sum = 0
        for bucket in begins.indices {
            let count = begins[bucket]
            begins[bucket] = sum
            sum += count
        }
        return begins
    }

    @inline(__always)
    private func gather(
        _ patch: PatchDraw, _ scene: Scene, _ scale: (value: Double, isDivisor: Bool), _ needed: inout [UInt8],
        _ draw: inout cm_draw
    ) {
        let grid = scene.layout.grid
        let firstPlace = Int(patch.frame) * grid.count
        draw.frame = UInt32(patch.frame)
        draw.patch = UInt32(patch.patch)
        draw.count = UInt32(patch.neighbours.count)
        withUnsafeMutableBytes(of: &draw.neighbours) { neighbours in
            let neighbours = neighbours.assumingMemoryBound(to: UInt32.self)
            for (index, place) in patch.neighbours.enumerated() {
                let neighbour = grid.patch(place, around: Int(patch.patch))
                neighbours[index] = UInt32(neighbour)
                needed[firstPlace + neighbour] = 1
            }
        }
        weigh(patch, scene.map, scale, &draw)
    }

    /// What each neighbour counts, and that by the scale of the weights of time.
    @inline(__always)
    private func weigh(
        _ patch: PatchDraw, _ map: CausalMap, _ scale: (value: Double, isDivisor: Bool), _ draw: inout cm_draw
    ) {
        let row = map.row(ofFrame: Int(patch.frame))
        withUnsafeMutableBytes(of: &draw.lambda) { lambda in
            withUnsafeMutableBytes(of: &draw.scaled) { scaled in
                let lambda = lambda.assumingMemoryBound(to: Double.self)
                let scaled = scaled.assumingMemoryBound(to: Double.self)
                var (count, sum) = (0, 0.0)
                for place in patch.neighbours {
                    lambda[count] = map.importance[row + map.grid.patch(place, around: Int(patch.patch))]
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

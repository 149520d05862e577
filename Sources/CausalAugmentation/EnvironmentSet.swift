package import DataBank
package import SpaceTime
package import Streaming

/// A published `environments` data set: what its copies replace, and all that is needed to make them again. CopiesOnDisk.md.
package struct EnvironmentSet: Sendable {
    /// As the user named it, pinned.
    package let name: String
    package let digest: Digest
    /// The windows whose copies are held, their importance and the recipe.
    package let scenes: WindowScenes
    package let patches: StoredPatches
    /// By the root's sequence, the row here; sequences without a replaced patch have none.
    private let rows: [Int: Int]

    /// Settings of the step `augment` that are not the recipe's.
    static let otherSettings: Set<String> = ["plan", "patch", "store"]

    /// - Throws: `.usage` where the data set is of another kind, `.damaged` where it is not laid out as one of this kind.
    package init(_ id: String, in bank: Bank) throws(BankError) {
        let ref = try bank.resolve(id)
        try self.init(Dataset(ref.digest, in: bank), called: ref.pinned)
    }

    package init(_ dataset: Dataset, called name: String) throws(BankError) {
        guard dataset.identity.kind == .environments else {
            throw BankError(
                .usage,
                "\(name) holds \(dataset.identity.kind.rawValue), not environments; `stbank augment` makes those")
        }
        guard let step = dataset.identity.recipe.first, dataset.identity.parents.count == 2,
            let plan = step.settings["plan"].flatMap({ CanonicalCoding.json($0) })
        else { throw BankError(.damaged, "is not laid out as an environments data set", path: dataset.folder) }
        let parents = dataset.identity.parents
        let root = try Dataset(parents[0], in: dataset.bank)
        let source = try BatchSource(root, called: "#\(parents[0].short)", PlanRequest(plan))
        let importance = try ImportanceSet(Dataset(parents[1], in: dataset.bank), called: "#\(parents[1].short)")
        let recipe = try bankErrors {
            try AugmentRecipe(settings: step.settings, seed: step.seed?.value ?? 0, ignoring: Self.otherSettings)
        }
        self.name = name
        digest = dataset.digest
        scenes = try WindowScenes(source, importance, recipe)
        patches = try StoredPatches(dataset, copies: recipe.copies)
        rows = try Self.rows(of: dataset, root: root)
        try checkCounts(dataset)
    }

    private static func rows(of dataset: Dataset, root: Dataset) throws(BankError) -> [Int: Int] {
        var places: [String: Int] = [:]
        for (row, sequence) in try dataset.sequences().enumerated() { places[sequence.id] = row }
        var rows: [Int: Int] = [:]
        for (sequence, row) in try root.sequences().enumerated() { rows[sequence] = places[row.id] }
        guard rows.count == places.count else {
            throw BankError(.damaged, "the parent lacks sequences of this data set", path: dataset.folder)
        }
        return rows
    }

    private func checkCounts(_ dataset: Dataset) throws(BankError) {
        for (sequence, row) in rows {
            guard patches.windowCount(ofSequence: row) == scenes.source.windows(ofSequence: sequence).count else {
                throw BankError(
                    .damaged, "the windows of sequence \(sequence) are not those of its plan", path: dataset.folder)
            }
        }
    }

    /// N.
    package var copies: Int { scenes.maker.copies }

    /// Patches that a copy of a window of the set's own plan replaces.
    package func count(_ window: WindowPlace, copy: Int) -> Int {
        guard let row = rows[window.sequence] else { return 0 }
        return patches.count(sequence: row, window: place(window), copy: copy)
    }

    private func place(_ window: WindowPlace) -> Int {
        window.number - scenes.source.windows(ofSequence: window.sequence).lowerBound
    }

    /// The payload file that holds a window's patches; nil where its copies replace none.
    package func path(of window: WindowPlace) -> String? {
        rows[window.sequence].map { patches.path(sequence: $0, window: place(window)) }
    }

    /// One copy of a window of the set's own plan, as it is stored.
    ///
    /// - Throws: `.damaged` where a place is none of the window's.
    package func copy(_ number: Int, of window: WindowPlace, _ room: RawRoom) throws(BankError) -> EnvironmentCopy {
        let draw = try draw(number, of: window)
        guard let row = rows[window.sequence] else { return EnvironmentCopy(draw: draw, values: []) }
        let values = try patches.values(sequence: row, window: place(window), copy: number, room)
        return EnvironmentCopy(draw: draw, values: Array(values)[...])
    }

    /// Which patches a stored copy replaces, and of whom they were mixed.
    ///
    /// - Throws: `.damaged` where a place is none of the window's.
    package func draw(_ number: Int, of window: WindowPlace) throws(BankError) -> CopyDraw {
        var draw = CopyDraw(key: CopyKey(seed: scenes.maker.seed, sample: window.key, copy: number))
        guard let row = rows[window.sequence] else { return draw }
        let stored = try patches.places(sequence: row, window: place(window), copy: number)
        let count = scenes.layout.grid.count
        var last: Int32 = -1
        for (place, neighbours) in zip(stored.places, stored.neighbours) {
            guard place > last, Int(place) < scenes.frames * count else {
                throw BankError(
                    .damaged,
                    "\(name): copy \(number) of \(scenes.name(window)) has patches in no order; run `stbank verify`",
                    path: path(of: window))
            }
            last = place
            draw.patches.append(
                PatchDraw(
                    frame: Int(place) / count, patch: Int(place) % count,
                    neighbours: Neighbours(rawValue: neighbours)))
        }
        return draw
    }
}

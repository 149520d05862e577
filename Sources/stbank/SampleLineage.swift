import CausalAugmentation
import CommandFace
import DataBank
import SpaceTime
import Streaming

/// The patches that copies of one window replace, as `lineage` shows them.
struct SampleLineage {
    private let set: EnvironmentSet
    private let window: WindowPlace
    private let patches: [PatchLineage]
    /// The data set and its importance, pinned.
    private let parents: [String]

    init(_ set: EnvironmentSet, _ window: WindowPlace, _ patches: [PatchLineage], in bank: Bank) throws {
        self.set = set
        self.window = window
        self.patches = patches
        parents = try [set.scenes.source.digest, set.scenes.importance.digest].map(bank.name(of:))
    }

    /// What holds for all patches.
    var json: JSONValue {
        .object([
            "id": .text(set.name), "sample": .integer(Int64(window.number)), "window": .text(set.scenes.name(window)),
            "first_frame": .integer(Int64(window.firstFrame)), "frames": .integer(Int64(set.scenes.frames)),
            "key": .text(String(window.key)), "seed": .text(String(set.scenes.maker.seed)),
            "frames_id": .text(parents[0]), "importance_id": .text(parents[1]), "copies": .integer(Int64(set.copies)),
            "patch_side": .integer(Int64(set.scenes.layout.grid.side)),
            "patch_columns": .integer(Int64(set.scenes.layout.grid.columns)),
            "patches_per_frame": .integer(Int64(set.scenes.layout.grid.count)),
            "replaced": .integer(Int64(patches.count)),
        ])
    }

    var lines: [String] {
        let grid = set.scenes.layout.grid
        var lines = [
            "\(set.name)  sample \(window.number): \(set.scenes.name(window)), \(set.scenes.frames) frames, key \(window.key), "
                + "seed \(set.scenes.maker.seed)",
            "of          \(parents[0])", "by          \(parents[1])",
            "patches     \(grid.rows) x \(grid.columns) of side \(grid.side), \(patches.count) replaced below",
        ]
        if patches.contains(where: { $0.key.attempt > 0 }) { lines.append("drawn anew  as copies came out alike") }
        var table = TextTable(["COPY", "FRAME", "PATCH", "DRAW < RATE", "OF (SHARE)", "AT FRAME (WEIGHT)"])
        for patch in patches {
            table.add([
                String(patch.key.copy), String(patch.frame), String(patch.patch),
                "\(patch.selection.draw.map { Amount.decimals($0, 4) } ?? "-") < \(Amount.decimals(patch.selection.rate, 4))",
                Self.sources(patch),
                patch.times.map { "\($0.frame) (\(Amount.decimals($0.weight, 4)))" }.joined(separator: " "),
            ])
        }
        return patches.isEmpty ? lines : lines + table.text.split(separator: "\n").map(String.init)
    }

    /// The neighbours that take part, or the donor; `c` where causal.
    private static func sources(_ patch: PatchLineage) -> String {
        if let donor = patch.donor { return "\(donor.patch) of \(donor.name)" }
        var parts = patch.neighbours.compactMap { neighbour in
            neighbour.share.map { "\(neighbour.patch) (\(Amount.decimals($0, 4)))" }
        }
        if patch.ownShare > 0 { parts.append("itself (\(Amount.decimals(patch.ownShare, 4)))") }
        return parts.joined(separator: " ")
    }
}

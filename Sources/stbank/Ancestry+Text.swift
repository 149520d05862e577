import CommandFace
import DataBank
import SpaceTime

extension Ancestry {
    /// The graph as a tree; what stands further up already is named only.
    var lines: [String] {
        guard let first = members.first else { return [] }
        var known: Set<Digest> = []
        var lines: [String] = []
        draw(first, head: "", rest: "", &known, &lines)
        return lines
    }

    private func draw(
        _ member: Member, head: String, rest: String, _ known: inout Set<Digest>, _ lines: inout [String]
    ) {
        let identity = member.dataset.identity
        guard known.insert(member.dataset.digest).inserted else {
            lines.append("\(head)\(member.name)  \(identity.kind.rawValue) (see above)")
            return
        }
        lines.append("\(head)\(member.name)  \(identity.kind.rawValue)")
        let bar = identity.parents.isEmpty ? "  " : "│ "
        lines += member.steps.map { "\(rest)\(bar)\($0)" }
        for (number, digest) in identity.parents.enumerated() {
            guard let parent = self[digest] else { continue }
            let isLast = number == identity.parents.count - 1
            draw(parent, head: rest + (isLast ? "└ " : "├ "), rest: rest + (isLast ? "  " : "│ "), &known, &lines)
        }
    }

    /// A member as `lineage --json` prints it.
    func json(of member: Member) -> JSONValue {
        let (identity, record) = (member.dataset.identity, member.dataset.record)
        let file = { (name: String, size: Int, digest: Digest) in
            JSONValue.object([
                "name": .text(name), "size": .integer(Int64(size)), "sha256": .text(digest.description),
            ])
        }
        return .object([
            "id": .text(member.name), "digest": .text(member.dataset.digest.description),
            "kind": .text(identity.kind.rawValue), "title": .text(record.title),
            "parents": .array(identity.parents.map { .text(self[$0]?.name ?? "#\($0.short)") }),
            "steps": .array(identity.recipe.map(\.json)),
            "sources": .array(record.sources.map { file($0.name, $0.size, $0.sha256) }),
            "attachments": .array((record.attachments ?? []).map { file($0.name, $0.size, $0.sha256) }),
            "made": .text(record.making.finished),
        ])
    }
}

extension Ancestry.Member {
    /// What was done, with what settings, and what went in besides parents.
    fileprivate var steps: [String] {
        let record = dataset.record
        var lines = dataset.identity.recipe.map { step in
            let settings = step.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "\(step.name) version \(step.version)\(step.seed.map { ", seed \($0)" } ?? ""): "
                + settings.joined(separator: " ")
        }
        if !record.sources.isEmpty {
            lines.append("\(record.sources.count) files, \(Amount.bytes(record.sources.reduce(0) { $0 + $1.size }))")
        }
        lines += (record.attachments ?? []).map { "\($0.name), \(Amount.bytes($0.size)), SHA-256 \($0.sha256)" }
        return lines
    }
}

extension Identity.Step {
    fileprivate var json: JSONValue {
        .object([
            "name": .text(name), "version": .integer(Int64(version)),
            "settings": .object(settings.mapValues { .text($0) }), "seed": seed.map { .text($0.description) } ?? .null,
        ])
    }
}

package import DataBank
package import SpaceTime

/// A data set's provenance as W3C PROV-JSON: what it is, what made it, out of what.
package enum ProvenanceDocument {
    package static func json(of dataset: Dataset, ref: DatasetRef) -> JSONValue {
        let record = dataset.record
        let own = "stbank:\(dataset.digest)"
        var entities: [String: JSONValue] = [
            own: .object([
                "prov:type": .text("stbank:Dataset"), "prov:label": .text(ref.id), "stbank:title": .text(record.title),
                "stbank:kind": .text(dataset.identity.kind.rawValue),
            ])
        ]
        var used: [String: JSONValue] = [:]
        var derived: [String: JSONValue] = [:]
        let inputs =
            record.sources.map { source in
                (
                    "stbank:\(source.sha256)",
                    JSONValue.object([
                        "prov:type": .text("stbank:SourceFile"), "prov:label": .text(source.name),
                        "stbank:bytes": .integer(Int64(source.size)), "stbank:sha256": .text(source.sha256.description),
                    ])
                )
            }
            + dataset.identity.parents.map { parent in
                ("stbank:\(parent)", JSONValue.object(["prov:type": .text("stbank:Dataset")]))
            }
        let activity = "stbank:activity-\(record.buildKey)"
        for (number, (name, entity)) in inputs.enumerated() {
            entities[name] = entity
            used["_:used\(number)"] = .object(["prov:activity": .text(activity), "prov:entity": .text(name)])
            derived["_:derived\(number)"] = .object([
                "prov:generatedEntity": .text(own), "prov:usedEntity": .text(name), "prov:activity": .text(activity),
            ])
        }
        return .object([
            "prefix": .object(["stbank": .text("urn:stbank:"), "prov": .text("http://www.w3.org/ns/prov#")]),
            "entity": .object(entities),
            "activity": .object([activity: .object(activityMembers(dataset))]),
            "agent": .object(["stbank:software": .object(softwareMembers(record))]),
            "used": .object(used),
            "wasDerivedFrom": .object(derived),
            "wasGeneratedBy": .object([
                "_:generated": .object([
                    "prov:entity": .text(own), "prov:activity": .text(activity),
                    "prov:time": .text(record.making.finished),
                ])
            ]),
            "wasAssociatedWith": .object([
                "_:associated": .object(["prov:activity": .text(activity), "prov:agent": .text("stbank:software")])
            ]),
        ])
    }

    private static func activityMembers(_ dataset: Dataset) -> [String: JSONValue] {
        let making = dataset.record.making
        var members: [String: JSONValue] = [
            "prov:startTime": .text(making.started), "prov:endTime": .text(making.finished),
            "prov:label": .text(dataset.identity.recipe.map(\.name).joined(separator: ", ")),
            "stbank:command": .text(making.command.joined(separator: " ")), "stbank:host": .text(making.host),
        ]
        for step in dataset.identity.recipe {
            members["stbank:\(step.name)-version"] = .integer(Int64(step.version))
            if let seed = step.seed { members["stbank:\(step.name)-seed"] = .text(seed.description) }
            for (key, value) in step.settings { members["stbank:\(step.name)-\(key)"] = .text(value) }
        }
        return members
    }

    private static func softwareMembers(_ record: Record) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "prov:type": .object(["$": .text("prov:SoftwareAgent"), "type": .text("prov:QUALIFIED_NAME")])
        ]
        for (name, version) in record.making.software { members["stbank:\(name)"] = .text(version) }
        return members
    }
}

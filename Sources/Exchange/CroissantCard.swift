package import DataBank
package import SpaceTime

/// A data set's card in Croissant 1.1 (MLCommons), which dataset catalogues and loaders understand.
package enum CroissantCard {
    package static func json(of dataset: Dataset, ref: DatasetRef) throws -> JSONValue {
        let record = dataset.record
        let rows = try dataset.sequences()
        return .object([
            "@context": context,
            "@type": .text("sc:Dataset"),
            "conformsTo": .text("http://mlcommons.org/croissant/1.1"),
            "name": .text(ref.name.description),
            "version": .text(ref.version.description),
            "description": .text(description(of: dataset)),
            "url": .text("urn:stbank:\(dataset.digest)"),
            "license": .text(record.license.isEmpty ? "https://spdx.org/licenses/LicenseRef-unknown" : record.license),
            "citeAs": .text(record.citation.isEmpty ? record.title : record.citation),
            "creator": .object(["@type": .text("sc:Organization"), "name": .text(record.title)]),
            "datePublished": .text(record.making.finished),
            "distribution": .array(record.payload.map { file(dataset, $0) }),
            "recordSet": .array([splits] + [sequences(rows)]),
        ])
    }

    private static func description(of dataset: Dataset) -> String {
        let fields = dataset.identity.fields.map { field in
            "\(field.name) (\(field.channels), \(field.rows), \(field.columns)) \(field.element.rawValue), unit \(field.units)"
        }
        return
            "\(dataset.record.title). \(dataset.identity.sequences.count) sequences, \(dataset.identity.sequences.frames) "
            + "frames; fields: \(fields.joined(separator: "; "))."
    }

    private static func file(_ dataset: Dataset, _ file: Record.PayloadFile) -> JSONValue {
        .object([
            "@type": .text("cr:FileObject"),
            "@id": .text("\(file.sha256)/\(file.name)"),
            "name": .text(file.name),
            "description": .text(
                "\(file.frames) frames of \(dataset.identity.fields[file.field].name) in \(file.variable)"),
            "contentUrl": .text("objects/\(file.sha256)/\(file.name)"),
            "contentSize": .text("\(file.size) B"),
            "encodingFormat": .text("application/x-netcdf"),
            "sha256": .text(file.sha256.description),
        ])
    }

    private static var splits: JSONValue {
        let names = Split.allCases
        return .object([
            "@type": .text("cr:RecordSet"), "@id": .text("splits"), "name": .text("splits"),
            "dataType": .text("cr:Split"), "key": .object(["@id": .text("splits/name")]),
            "field": .array([column("splits", "name", "sc:Text"), column("splits", "url", "sc:URL")]),
            "data": .array(
                names.map { split in
                    .object([
                        "splits/name": .text(split.rawValue), "splits/url": .text("cr:\(croissantSplit(split))Split"),
                    ])
                }),
        ])
    }

    private static func croissantSplit(_ split: Split) -> String {
        switch split {
        case .train: "Training"
        case .validation: "Validation"
        case .test: "Test"
        }
    }

    private static func sequences(_ rows: [SequenceRow]) -> JSONValue {
        .object([
            "@type": .text("cr:RecordSet"), "@id": .text("sequences"), "name": .text("sequences"),
            "description": .text("One record a sequence, in stored order."),
            "key": .object(["@id": .text("sequences/id")]),
            "field": .array([
                column("sequences", "id", "sc:Text"), column("sequences", "split", "sc:Text"),
                column("sequences", "frames", "sc:Integer"),
            ]),
            "data": .array(
                rows.map { row in
                    .object([
                        "sequences/id": .text(row.id), "sequences/split": .text(row.split.rawValue),
                        "sequences/frames": .integer(Int64(row.frames)),
                    ])
                }),
        ])
    }

    private static func column(_ set: String, _ name: String, _ type: String) -> JSONValue {
        .object([
            "@type": .text("cr:Field"), "@id": .text("\(set)/\(name)"), "name": .text(name), "dataType": .text(type),
        ])
    }

    /// The context that the specification of Croissant 1.1 prescribes.
    private static var context: JSONValue {
        let plain = [
            "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
            "conformsTo": "dct:conformsTo", "containedIn": "cr:containedIn", "cr": "http://mlcommons.org/croissant/",
            "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/",
            "equivalentProperty": "cr:equivalentProperty",
            "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty",
            "fileObject": "cr:fileObject",
            "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isArray": "cr:isArray",
            "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5",
            "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
            "references": "cr:references",
            "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
            "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
            "transform": "cr:transform", "arrayShape": "cr:arrayShape",
        ]
        var members = plain.mapValues { JSONValue.text($0) }
        members["data"] = .object(["@id": .text("cr:data"), "@type": .text("@json")])
        members["dataType"] = .object(["@id": .text("cr:dataType"), "@type": .text("@vocab")])
        members["examples"] = .object(["@id": .text("cr:examples"), "@type": .text("@json")])
        return .object(members)
    }
}

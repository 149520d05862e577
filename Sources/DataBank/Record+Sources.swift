internal import SpaceTime

extension Record {
    /// A record from its JSON. The sources, of which there may be a hundred thousand, are read by a scanner of their own: a stream opens in milliseconds.
    static func decoded(_ body: String) throws -> Record {
        var body = body
        let (sources, place) = try body.withUTF8 { try scannedSources(UnsafeRawBufferPointer($0)) }
        guard let place else { return try CanonicalCoding.value(Record.self, from: body) }
        let rest =
            String(decoding: body.utf8.prefix(place.lowerBound), as: UTF8.self) + "[]"
            + String(decoding: body.utf8.dropFirst(place.upperBound), as: UTF8.self)
        var record = try CanonicalCoding.value(Record.self, from: rest)
        record.sources = sources
        return record
    }

    /// The sources and where their array stands.
    private static func scannedSources(_ bytes: UnsafeRawBufferPointer) throws -> ([Source], Range<Int>?) {
        var scanner = JSONScanner(bytes)
        var sources: [Source] = []
        var place: Range<Int>?
        try scanner.readObject { key, scanner in
            guard "sources" ~= key else { return try scanner.skip() }
            let start = scanner.place
            try scanner.readArray { sources.append(try source(&$0)) }
            place = start..<scanner.place
        }
        return (sources, place)
    }

    private static func source(_ scanner: inout JSONScanner) throws -> Source {
        var name: String?
        var path: String?
        var size: Int?
        var sha256: Digest?
        try scanner.readObject { key, scanner in
            switch key {
            case "name": name = try scanner.readText()
            case "path": path = try scanner.readText()
            case "size": size = try scanner.readInteger()
            case "sha256": sha256 = Digest(try scanner.readText())
            default: try scanner.skip()
            }
        }
        guard let name, let path, let size, let sha256 else { throw JSONScanner.Fault(place: scanner.place) }
        return Source(name: name, path: path, size: size, sha256: sha256)
    }
}

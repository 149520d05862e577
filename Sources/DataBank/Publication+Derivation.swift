internal import Glibc
internal import SpaceTime

extension Publication {
    /// Copies the files that are kept with the data set into its staging folder, durably.
    func copyAttachments(into folder: String) throws -> [Record.Attachment] {
        try (request.derivation?.attachments ?? []).map { attachment in
            let map = try MappedFile(attachment.path)
            let path = "\(folder)/\(attachment.name)"
            let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw Disk.failure("make", path) }
            defer { close(descriptor) }
            let hash = SHA256()
            for begin in stride(from: 0, to: map.bytes.count, by: 8 << 20) {
                let part = UnsafeRawBufferPointer(rebasing: map.bytes[begin..<min(begin + (8 << 20), map.bytes.count)])
                hash.update(part)
                try Disk.write(part, to: descriptor, at: begin, path: path)
            }
            try Disk.sync(descriptor, path: path)
            return Record.Attachment(name: attachment.name, sha256: hash.digest(), size: map.bytes.count)
        }
    }

    /// What statistics of a field begin with: nothing, or for replaced patches the parent's training frames, so that they tell of
    /// originals and patches together.
    func baseStatistics(ofField field: Field) throws -> (channels: [Moments], bins: [UInt64]) {
        var channels = [Moments](repeating: Moments(), count: field.channels)
        var bins = FieldMoments(field).bins
        guard let derivation = request.derivation, derivation.kind == .environments else { return (channels, bins) }
        let parent = try Dataset(derivation.parents[0], in: bank)
        guard let number = parent.identity.fields.firstIndex(where: { $0.name == field.name }) else {
            throw BankError(.usage, "the parent has no field `\(field.name)`")
        }
        let rows = try parent.sequences()
        for piece in try parent.pieces() where piece.field == number && rows[piece.sequence].split == .train {
            for (channel, moments) in piece.moments.enumerated() { channels[channel].add(moments) }
        }
        if let histogram = parent.record.statistics[number]?.histogram {
            for (bin, count) in zip(histogram.bins, histogram.counts) where bins.indices.contains(bin) {
                bins[bin] += count
            }
        }
        return (channels, bins)
    }
}

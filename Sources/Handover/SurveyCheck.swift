internal import SpaceTime

/// Looks at a survey that a reader process sent, before anything in it is believed.
struct SurveyCheck {
    /// Frames of all sequences at most: what a count of frames can be multiplied with.
    private static let largestFrameCount = 1 << 40
    private static let largestText = 1 << 16

    let survey: Survey
    let limits: ReaderLimits

    func run(format: String) throws(ReaderError) {
        try require(survey.format == format, "a survey of the format `\(survey.format)`")
        try require((1...256).contains(survey.fields.count), "\(survey.fields.count) fields")
        for field in survey.fields { try check(field) }
        try distinct(survey.fields.map(\.name), "field")
        for covariate in survey.covariates {
            try require(isName(covariate.name), "a covariate with a bad name")
            try require((1...65_536).contains(covariate.width), "a covariate of \(covariate.width) numbers a frame")
        }
        try distinct(survey.covariates.map(\.name), "covariate")
        try require(survey.timeAxis.tolerance >= 0, "a negative tolerance of time")
        let range = 1...1_000_000
        try require(
            range.contains(survey.defaultInputFrames) && range.contains(survey.defaultTargetFrames),
            "odd default lengths")
        for source in survey.sources { try check(source) }
        try checkSequences()
    }

    private func check(_ field: Field) throws(ReaderError) {
        try require(isName(field.name), "a field with a bad name")
        let sizes = [field.channels, field.rows, field.columns]
        try require(sizes.allSatisfy { $0 > 0 }, "the field \(field.name) of shape \(sizes)")
        var bytes = field.element.byteCount
        for size in sizes {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            try require(!overflow, "the field \(field.name) of shape \(sizes)")
            bytes = product
        }
        guard bytes <= limits.frameByteCount else {
            throw ReaderError(
                .damaged,
                "a frame of the field \(field.name) has \(sizes[0]) x \(sizes[1]) x \(sizes[2]) numbers, \(bytes >> 20) MiB; "
                    + "frames of up to \(limits.frameByteCount >> 20) MiB are read; cut it with --set crop=ROW:COLUMN:HxW"
            )
        }
        try require(
            field.channelNames.isEmpty || field.channelNames.count == field.channels,
            "\(field.channelNames.count) names for \(field.channels) channels")
        try require(field.scale.isFinite && field.offset.isFinite, "a scale that is no number in \(field.name)")
    }

    private func check(_ source: Survey.Source) throws(ReaderError) {
        try require(isText(source.path) && source.path.hasPrefix("/"), "a source without an absolute path")
        let parts = source.name.split(separator: "/", omittingEmptySubsequences: false)
        let isInside = !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != ".." && $0 != "." }
        try require(isText(source.name) && isInside, "a source with a bad name")
    }

    private func checkSequences() throws(ReaderError) {
        var ids: Set<String> = []
        ids.reserveCapacity(survey.sequences.count)
        var total = 0
        for sequence in survey.sequences {
            try require(isText(sequence.id) && !sequence.id.isEmpty, "a sequence with a bad ID")
            try require(ids.insert(sequence.id).inserted, "two sequences `\(sequence.id)`")
            try check(sequence)
            total += sequence.frameCount
            try require(total <= Self.largestFrameCount, "more than \(Self.largestFrameCount) frames")
        }
        let frameBytes = survey.fields.reduce(0) { $0 + $1.frameByteCount }
        try require(!frameBytes.multipliedReportingOverflow(by: total).overflow, "more bytes than can be counted")
    }

    private func check(_ sequence: SequenceSurvey) throws(ReaderError) {
        let counts = sequence.times.map(\.count)
        try require(
            counts.count == 1 || counts.count == survey.fields.count, "\(counts.count) time axes in `\(sequence.id)`")
        try require(counts.allSatisfy { $0 == counts[0] }, "unlike lengths in `\(sequence.id)`")
        try require(counts[0] <= Self.largestFrameCount, "\(counts[0]) frames in `\(sequence.id)`")
        let frames = 0...counts[0]
        let areInside = sequence.segments.allSatisfy {
            frames.contains($0.lowerBound) && frames.contains($0.upperBound)
        }
        try require(areInside, "segments outside of `\(sequence.id)`")
        try require(sequence.group.map { isText($0) && !$0.isEmpty } ?? true, "a bad group in `\(sequence.id)`")
    }

    private func distinct(_ names: [String], _ what: String) throws(ReaderError) {
        try require(Set(names).count == names.count, "two \(what)s of one name")
    }

    /// Lower-case letters, digits and underscores, beginning with a letter.
    private func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }

    private func isText(_ text: String) -> Bool {
        text.utf8.count <= Self.largestText && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private func require(_ condition: Bool, _ fault: @autoclosure () -> String) throws(ReaderError) {
        if !condition { throw .protocolFault("its survey has \(fault())") }
    }
}

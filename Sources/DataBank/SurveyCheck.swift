internal import SpaceTime

/// Refuses surveys that cannot become a data set, whatever reader made them.
enum SurveyCheck {
    static func check(_ survey: Survey) throws(BankError) {
        guard !survey.fields.isEmpty, !survey.sequences.isEmpty else {
            throw BankError(.damaged, "nothing to ingest was found")
        }
        for field in survey.fields { try check(field) }
        guard Set(survey.fields.map(\.name)).count == survey.fields.count else {
            throw BankError(.damaged, "two fields have one name")
        }
        for covariate in survey.covariates where !isName(covariate.name) || !(1...100_000).contains(covariate.width) {
            throw BankError(.damaged, "the covariate `\(covariate.name)` has no usable name or width")
        }
        var ids: Set<String> = []
        for sequence in survey.sequences {
            try check(sequence, fields: survey.fields.count)
            guard ids.insert(sequence.id).inserted else {
                throw BankError(.damaged, "the sequence ID `\(sequence.id)` occurs twice")
            }
        }
    }

    private static func check(_ field: Field) throws(BankError) {
        guard isName(field.name) else {
            throw BankError(.damaged, "`\(field.name)` is no name for a field: lower-case letters, digits, underscores")
        }
        let sides = [field.channels, field.rows, field.columns]
        guard sides.allSatisfy({ (1...1 << 20).contains($0) }), field.elementsPerFrame <= 1 << 27 else {
            throw BankError(.damaged, "a frame of `\(field.name)` has \(sides): too large or empty")
        }
        guard field.scale.isFinite, field.offset.isFinite, field.missing.count <= 8 else {
            throw BankError(.damaged, "scale, offset or fill values of `\(field.name)` make no sense")
        }
        guard field.attributes.keys.allSatisfy(isAttributeName) else {
            throw BankError(.damaged, "an attribute of `\(field.name)` has no usable name")
        }
    }

    private static func check(_ sequence: SequenceSurvey, fields: Int) throws(BankError) {
        guard isText(sequence.id), isText(sequence.group ?? sequence.id) else {
            throw BankError(.damaged, "a sequence ID is empty, too long or has control characters")
        }
        guard sequence.frameCount > 0, sequence.times.count == 1 || sequence.times.count == fields else {
            throw BankError(.damaged, "the sequence `\(sequence.id)` has no frames or too few times")
        }
        let whole = 0..<sequence.frameCount
        guard
            sequence.segments.allSatisfy({
                !$0.isEmpty && whole.contains($0.lowerBound) && $0.upperBound <= whole.upperBound
            })
        else { throw BankError(.damaged, "a segment of `\(sequence.id)` reaches beyond its frames") }
        guard sequence.attributes.keys.allSatisfy(isAttributeName) else {
            throw BankError(.damaged, "an attribute of the sequence `\(sequence.id)` has no usable name")
        }
    }

    private static func isName(_ text: String) -> Bool {
        let isWord = { (byte: UInt8) in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
        return (1...100).contains(text.utf8.count) && text.utf8.allSatisfy(isWord)
            && text.utf8.first.map { (0x61...0x7a).contains($0) } == true
    }

    private static func isAttributeName(_ text: String) -> Bool {
        let isWord = { (byte: UInt8) in
            (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
        return (1...100).contains(text.utf8.count) && text.utf8.allSatisfy(isWord)
    }

    private static func isText(_ text: String) -> Bool {
        (1...1000).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }
}

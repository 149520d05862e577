package import SpaceTime

/// Reads FireSys, a filmed flame, and the systems published beside it: `fire/<sequence>/<frame>.jpg` or `.png`.
///
/// One sequence a folder, 60 frames; row 0 is the top. Folders of JPEG and of PNG lie side by side.
package struct FireSysReader: Reader {
    package static let format = "firesys"
    package static let version = 1
    package static let options = [
        ReaderOption(
            "system", .text, standard: "the one that is there",
            help: "which system, where several lie side by side: fire, circular_motion, …"),
        ReaderOption(
            "seed", .choice(["1", "2", "3"]), standard: "1",
            help: "which of the published splits: datainfo/<system>/data_split_dict_<seed>.json"),
    ]

    private let settings: ReaderSettings

    package init(_ settings: ReaderSettings) throws(ReaderError) { self.settings = settings }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let files = try SourceFiles(location)
        let (folders, leftOut) = try PictureFolder.all(in: files) { PictureName.number($0) }
        let numbered = folders.filter { PictureName.number($0.name) != nil }
        let system = try choose(numbered, location)
        let sequences = try order(numbered.filter { $0.parentName == system })
        let split = try FireSysSplit.find(
            system: system, seed: settings["seed"] ?? "1", isWanted: settings["seed"] != nil, files: files,
            folder: sequences[0].path)
        var content = FireSysContent(system: system, sequences: sequences, split: split)
        content.skipped = files.skipped + leftOut.map { .init($0.name, reason: "no picture named by its number") }
        return try content.source(threads: location.threads, settings)
    }

    private func choose(_ folders: [PictureFolder], _ location: Location) throws(ReaderError) -> String {
        let systems = Set(folders.map(\.parentName)).sorted()
        guard let first = systems.first else {
            let message = "no FireSys here: folders such as fire/0 with pictures 0.jpg, 1.jpg, … are needed"
            throw ReaderError(.notFound, message, path: location.paths.first)
        }
        if let wanted = settings["system"] {
            guard systems.contains(wanted) else {
                let message = "the system \(wanted) is not here; there is \(systems.joined(separator: ", "))"
                throw ReaderError(.usage, message, path: location.paths.first)
            }
            return wanted
        }
        guard systems.count == 1 else {
            let message = "several systems lie here; say which with --set system=… (\(systems.joined(separator: ", ")))"
            throw ReaderError(.usage, message, path: location.paths.first)
        }
        return first
    }

    /// Complete folders of one kind each, by number.
    private func order(_ folders: [PictureFolder]) throws(ReaderError) -> [PictureFolder] {
        let sorted = folders.sorted { (Int64($0.name) ?? 0, $0.path) < (Int64($1.name) ?? 0, $1.path) }
        for (one, other) in zip(sorted, sorted.dropFirst()) where Int64(one.name) == Int64(other.name) {
            let message = "is sequence \(other.name), and so is /\(one.path); give one of them"
            throw ReaderError(.damaged, message, path: "/" + other.path)
        }
        for folder in sorted {
            try folder.checkOneKind()
            try folder.checkComplete()
        }
        return sorted
    }
}

/// The sequences of one system, before their pictures are looked at.
struct FireSysContent {
    let system: String
    let sequences: [PictureFolder]
    let split: FireSysSplit?
    var skipped: [Survey.Skipped] = []

    consuming func source(
        threads: Int, _ settings: ReaderSettings
    ) throws(ReaderError) -> any SurveyedSource {
        let used = try sequencesOfTheSplit()
        let sources = used.map { $0.frames.map(\.source) }
        let pictures = try PictureSequences(sources, channels: .all, threads: threads, settings)
        let surveyed = used.map { folder in
            let id = FireSysContent.id(folder)
            return SequenceSurvey(
                id: id, times: [FrameTimes(folder.frames.map(\.number))], group: id, split: split?.labels[id],
                attributes: [
                    "system": .text(system), "file": .text(folder.relativeName.isEmpty ? id : folder.relativeName),
                ])
        }
        let survey = Survey(
            format: FireSysReader.format, variant: system, title: "FireSys, system \(system)",
            citation: "B. Chen et al.: Automated discovery of fundamental variables hidden in experimental data. "
                + "Nature Computational Science 2022; github.com/BoyuanChen/neural-state-variables",
            license: "MIT", fields: [.picture(pictures.header)], timeAxis: TimeAxis(kind: .counter, cadence: 1),
            sequences: surveyed, sources: sources.flatMap { $0 } + (split.map { [$0.source] } ?? []), skipped: skipped,
            notes: notes(used) + pictures.notes,
            splitRule: split == nil ? .group(.init(train: 80, validation: 10, test: 10)) : .source)
        return PictureDelivery(survey, frames: pictures, damage: .stops, fitting: pictures.fitting)
    }

    /// `0`, `1`, …
    private static func id(_ folder: PictureFolder) -> String { Int64(folder.name).map(String.init) ?? folder.name }

    /// Sequences that the split file does not name cannot be put anywhere by guess: they are left out and named.
    private mutating func sequencesOfTheSplit() throws(ReaderError) -> [PictureFolder] {
        guard let split else { return sequences }
        var used: [PictureFolder] = []
        for folder in sequences {
            if split.labels[FireSysContent.id(folder)] != nil {
                used.append(folder)
            } else {
                skipped.append(.init(folder.relativeName, reason: "\(split.source.name) does not name this sequence"))
            }
        }
        guard !used.isEmpty else {
            throw ReaderError(.damaged, "names none of the sequences that are here", path: split.source.path)
        }
        return used
    }

    private func notes(_ used: [PictureFolder]) -> [String] {
        var notes: [String] = []
        if let split {
            let absent = split.labels.count - used.count
            if absent > 0 { notes.append("\(split.source.name) names \(absent) sequences that are not here") }
        } else {
            notes.append("no datainfo/\(system)/data_split_dict_1.json: without --split sequences are drawn 80/10/10")
        }
        if let least = used.map(\.frames.count).min(), let largest = used.map(\.frames.count).max(), least < largest {
            notes.append("the sequences have \(least) to \(largest) frames")
        }
        return notes
    }
}

internal import SpaceTime

/// The user's files of one variant of RainNet.
struct RainNetFiles {
    let variant: RainNetReader.Variant
    let files: [Survey.Source]
    let skipped: [Survey.Skipped]

    /// - Throws: `.usage` where several variants lie together; `.notFound` where there is none.
    init(_ location: Location, wanted: RainNetReader.Variant?) throws(ReaderError) {
        variant = .radolan
        let all = try SourceFiles(location)
        files = all.files
        skipped = all.skipped
    }
}

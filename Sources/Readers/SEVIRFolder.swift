internal import SpaceTime

/// Finds the files that a catalogue names among the files the user gave.
struct SEVIRFolder {
    let files: SourceFiles
    /// Where the catalogue lies, with a slash behind; empty at the top.
    private let catalogueFolder: String
    private let catalogue: String
    /// Files by their last name; nil where several have it.
    private let byLastName: [Substring: Survey.Source?]

    init(_ files: SourceFiles, catalogue: Survey.Source) {
        self.files = files
        self.catalogue = catalogue.path
        let cut = catalogue.name.lastIndex(of: "/").map { catalogue.name.index(after: $0) }
        catalogueFolder = String(catalogue.name[..<(cut ?? catalogue.name.startIndex)])
        byLastName = Dictionary(
            files.files.map { (SEVIRFolder.lastName(of: $0.name), $0) }, uniquingKeysWith: { _, _ in nil })
    }

    /// The file of a catalogue's `file_name`: below `data/` beside the catalogue, below its folder, flat beside it, or
    /// wherever a file of that name was given. nil where there is none.
    /// - Throws: `.damaged` where a symbolic link on the way leads out of the folder.
    func file(named fileName: String) throws(ReaderError) -> Survey.Source? {
        let last = SEVIRFolder.lastName(of: fileName)
        let places = [
            "\(catalogueFolder)data/\(fileName)", catalogueFolder + fileName, "data/\(fileName)", fileName,
            catalogueFolder + last,
        ]
        for place in places {
            if let file = files[place] { return file }
            if files.leadsOut(place) {
                throw ReaderError(
                    .damaged,
                    "`\(fileName)` leads out of the folder by a symbolic link; give the link's target as a path "
                        + "besides the catalogue", path: catalogue)
            }
        }
        return byLastName[last] ?? nil
    }

    private static func lastName(of name: String) -> Substring { name.split(separator: "/").last ?? "" }
}

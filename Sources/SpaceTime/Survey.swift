/// What a reader found: everything about a data set but its numbers. Cheap to make, printable, decides all that follows.
public struct Survey: Hashable, Sendable, Codable {
    /// A raw file the frames come from.
    public struct Source: Hashable, Sendable, Codable {
        /// Absolute path, for opening and hashing; never part of an identity.
        public var path: String
        /// The name inside the data set, the same wherever the folder lies.
        public var name: String

        public init(path: String, name: String) {
            self.path = path
            self.name = name
        }
    }

    /// Something found and left out.
    public struct Skipped: Hashable, Sendable, Codable {
        public var what: String
        public var reason: String

        public init(_ what: String, reason: String) {
            self.what = what
            self.reason = reason
        }
    }

    /// Numbers beside the frames: weather, holidays, external factors.
    public struct Covariate: Hashable, Sendable, Codable {
        /// Lower-case letters, digits and underscores.
        public var name: String
        public var units: String
        public var longName: String
        /// Numbers a frame.
        public var width: Int

        public init(name: String, units: String = "1", longName: String = "", width: Int = 1) {
            self.name = name
            self.units = units
            self.longName = longName.isEmpty ? name : longName
            self.width = width
        }
    }

    public var format: String
    /// Which of the format's forms this is, as DATASETS.md names them: `catalogue`, `nowcast`, `rydl`, `radolan`, …
    public var variant: String
    public var title: String
    /// How the source asks to be cited; empty where unknown.
    public var citation: String
    public var license: String
    public var fields: [Field]
    public var timeAxis: TimeAxis
    public var covariates: [Covariate]
    public var sequences: [SequenceSurvey]
    public var sources: [Source]
    public var skipped: [Skipped]
    /// Decisions worth knowing and warnings, a sentence each.
    public var notes: [String]
    /// The rule for the splits where the user gives none.
    public var splitRule: SplitRule
    /// Input and target length that streams use where the user gives none.
    public var defaultInputFrames: Int
    public var defaultTargetFrames: Int

    public init(
        format: String, variant: String, title: String, citation: String = "", license: String = "",
        fields: [Field], timeAxis: TimeAxis, covariates: [Covariate] = [], sequences: [SequenceSurvey],
        sources: [Source], skipped: [Skipped] = [], notes: [String] = [], splitRule: SplitRule,
        defaultInputFrames: Int = 10, defaultTargetFrames: Int = 10
    ) {
        self.format = format
        self.variant = variant
        self.title = title
        self.citation = citation
        self.license = license
        self.fields = fields
        self.timeAxis = timeAxis
        self.covariates = covariates
        self.sequences = sequences
        self.sources = sources
        self.skipped = skipped
        self.notes = notes
        self.splitRule = splitRule
        self.defaultInputFrames = defaultInputFrames
        self.defaultTargetFrames = defaultTargetFrames
    }

    public var frameCount: Int { sequences.reduce(0) { $0 + $1.frameCount } }
    public var byteCount: Int { fields.reduce(0) { $0 + $1.frameByteCount } * frameCount }
}

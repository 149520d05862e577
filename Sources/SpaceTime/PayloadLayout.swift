/// What one payload file holds besides the payload's own bytes: the description from which its netCDF-4 shell is laid.
public struct PayloadLayout: Hashable, Sendable {
    public struct Dimension: Hashable, Sendable {
        public var name: String
        public var size: Int

        public init(_ name: String, _ size: Int) {
            self.name = name
            self.size = size
        }
    }

    public struct Attribute: Hashable, Sendable {
        public var name: String
        /// One value, or several of one kind (`flag_values`).
        public var values: [Scalar]
        /// The type numbers are written in; nil for text.
        public var element: ElementType?

        public init(_ name: String, _ text: String) {
            self.name = name
            values = [.text(text)]
        }

        public init(_ name: String, _ values: [Scalar], as element: ElementType) {
            self.name = name
            self.values = values
            self.element = element
        }
    }

    /// A variable small enough to be held in memory, or one whose bytes are written later where the shell leaves room.
    public struct Variable: Hashable, Sendable {
        public var name: String
        /// Nil: characters; the last dimension is then the length of the texts.
        public var element: ElementType?
        public var dimensions: [String]
        public var attributes: [Attribute]
        /// Row-major, little-endian; all elements, or none where they are written later.
        public var bytes: [UInt8]
        /// Whether the shell only leaves room, as one run, whose place `ShellExtent.offsets` says.
        public var isWrittenLater = false

        public init(
            _ name: String, _ element: ElementType?, _ dimensions: [String], _ attributes: [Attribute] = [],
            bytes: [UInt8]
        ) {
            self.name = name
            self.element = element
            self.dimensions = dimensions
            self.attributes = attributes
            self.bytes = bytes
        }
    }

    public var attributes: [Attribute]
    public var dimensions: [Dimension]
    /// Name, type, dimensions and attributes of the payload; its `bytes` are empty, they are written elsewhere.
    public var payload: Variable
    public var variables: [Variable]

    public init(attributes: [Attribute], dimensions: [Dimension], payload: Variable, variables: [Variable]) {
        self.attributes = attributes
        self.dimensions = dimensions
        self.payload = payload
        self.variables = variables
    }
}

/// Where things lie in a file whose shell was laid.
public struct ShellExtent: Hashable, Sendable {
    /// Of the whole file.
    public var byteCount: Int
    /// Where the bytes of each variable with any begin.
    public var offsets: [String: Int]

    public init(byteCount: Int, offsets: [String: Int] = [:]) {
        self.byteCount = byteCount
        self.offsets = offsets
    }
}

/// Lays the shell of a payload file. The same layout gives the same bytes.
public protocol ShellWriter: Sendable {
    /// Where the payload begins in every file: a multiple of 4096.
    var payloadOffset: Int { get }

    /// Writes a file with everything but the payload's bytes, which are left as a hole at `payloadOffset`.
    func writeShell(_ layout: PayloadLayout, to path: String) throws -> ShellExtent

    /// Begins a file whose payload is stored as packed chunks of so many frames (the first dimension).
    func beginArchive(_ layout: PayloadLayout, framesPerChunk: Int, level: Int, to path: String) throws
        -> any ArchiveWriter
}

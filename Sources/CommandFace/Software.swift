internal import ArrayFiles
internal import DataBank

/// What this program is and what it was built with; goes into records.
package enum Software {
    package static let version = "0.1.0"

    package static var versions: [String: String] {
        ["stbank": version, "swift": swift, "libcrypto": SHA256.libraryVersion]
    }

    private static var swift: String {
        #if swift(>=6.4)
            "6.4 or later"
        #else
            "6.3"
        #endif
    }
}

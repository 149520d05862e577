internal import CArchive
internal import CMatIO

/// The libraries behind this module, besides those of arrays and pictures.
package enum ReaderLibraries {
    /// Names and versions of those that are loaded, for `doctor`.
    package static var versions: String {
        var (major, minor, release): (Int32, Int32, Int32) = (0, 0, 0)
        Mat_GetLibraryVersion(&major, &minor, &release)
        return "matio \(major).\(minor).\(release), \(String(cString: archive_version_string()))"
    }
}

internal import CHDF5
internal import CNetCDF

/// The libraries behind this module.
package enum ArrayLibraries {
    /// Names and versions of those that are loaded, for `doctor`.
    package static var versions: String {
        ArrayLibraryLock.locked {
            var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
            H5get_libversion(&major, &minor, &release)
            let netCDF = nc_inq_libvers().map { String(cString: $0) } ?? ""
            return "HDF5 \(major).\(minor).\(release), netCDF \(netCDF.prefix { $0 != " " })"
        }
    }
}

internal import CHDF5
internal import Glibc
package import SpaceTime

/// An HDF5 file opened for reading. All calls go through one lock, so it may be used from any thread.
///
/// External links are refused; soft links are followed. `@unchecked Sendable`: the identifier never changes and HDF5 is
/// called under `ArrayLibraryLock` only.
package final class HDF5File: @unchecked Sendable {
    package let path: String
    /// Bytes of the file when it was opened.
    package let byteCount: Int
    let handle: HDF5Handle

    /// - Throws: `.notFound` where nothing is there, `.damaged` where it is not a readable HDF5 file.
    package init(path: String) throws(ReaderError) {
        self.path = path
        byteCount = try RegularFile.byteCount(at: path)
        SourceTrace.note(path)
        handle = try ArrayLibraryLock.locked { () throws(ReaderError) in
            let signature = H5Fis_hdf5(path)
            guard signature > 0 else {
                throw ReaderError(.damaged, "is not an HDF5 file (no HDF5 signature found)", path: path)
            }
            let access = try HDF5Handle(H5Pcreate(chdf5_file_access()), "HDF5 is out of memory", path: path)
            H5Pset_file_locking(access.id, false, true)
            H5Pset_fclose_degree(access.id, H5F_CLOSE_WEAK)
            let id = H5Fopen(path, chdf5_read_only(), access.id)
            return try HDF5Handle(id, "cannot be opened as HDF5: it is truncated or damaged", path: path)
        }
    }

    /// Whether the file begins like an HDF5 file; false where it cannot be read.
    package static func isHDF5(_ path: String) -> Bool {
        guard (try? RegularFile.byteCount(at: path)) != nil else { return false }
        return ArrayLibraryLock.locked { H5Fis_hdf5(path) > 0 }
    }

    /// The names of a group's links, sorted as text. Lists once, opens nothing: quick for hundreds of thousands.
    package func names(inGroup group: String = "/") throws(ReaderError) -> [String] {
        let found = try ArrayLibraryLock.locked { () throws(ReaderError) -> LinkNames in
            let opened = try open(group, as: "group") { H5Gopen2($0, $1, chdf5_default()) }
            var found = LinkNames()
            let status = withUnsafeMutablePointer(to: &found) { pointer in
                H5Literate(opened.id, H5_INDEX_NAME, H5_ITER_NATIVE, nil, LinkNames.visit, pointer)
            }
            try ArrayLibraryLock.check(status, "the links of group \(group) cannot be listed", path: path)
            return found
        }
        if found.isBad {
            throw ReaderError(
                .damaged, "group \(group) has a link whose name is no text or more than 10 million links", path: path)
        }
        return found.names.sorted()
    }

    /// Whether an object can be reached under this path; a link that leads nowhere or out of the file cannot.
    package func contains(_ object: String) -> Bool { kind(of: object) != nil }

    /// Whether a group has a link of this name, wherever it leads: one that leads out or nowhere is an error when it is
    /// opened, and not the same as one that is not there.
    package func hasLink(_ name: String, inGroup group: String = "/") -> Bool {
        guard isGroup(group), !name.isEmpty, !name.utf8.contains(0) else { return false }
        return ArrayLibraryLock.locked {
            H5Lexists(handle.id, group == "/" ? "/" + name : group + "/" + name, chdf5_default()) > 0
        }
    }

    package func isGroup(_ object: String) -> Bool { kind(of: object) == H5O_TYPE_GROUP }

    package func isDataset(_ object: String) -> Bool { kind(of: object) == H5O_TYPE_DATASET }

    /// Opens an array; its layout and filters are checked, its values are not touched.
    package func dataset(_ name: String) throws(ReaderError) -> HDF5Dataset {
        try HDF5Dataset(name, in: self)
    }

    /// The attributes of a group or array that hold one number or one text.
    package func attributes(of object: String = "/") throws(ReaderError) -> [String: Scalar] {
        try attributeLists(of: object).compactMapValues { $0.count == 1 ? $0[0] : nil }
    }

    /// The attributes of a group or array that hold numbers or texts, arrays as lists. Other kinds are left out.
    package func attributeLists(of object: String = "/") throws(ReaderError) -> [String: [Scalar]] {
        try ArrayLibraryLock.locked { () throws(ReaderError) in
            let opened = try open(object, as: "object") { H5Oopen($0, $1, chdf5_default()) }
            return try HDF5Attributes.all(of: opened.id, path: place(object))
        }
    }

    /// Every array below a group, by full path, sorted; groups reached twice are listed once.
    package func datasets(below group: String = "/", limit: Int = 100_000) throws(ReaderError) -> [String] {
        var result: [String] = []
        var waiting = [group]
        var seen: Set<UInt64> = []
        while let next = waiting.popLast() {
            if let address = address(of: next), !seen.insert(address).inserted { continue }
            for name in try names(inGroup: next) {
                let full = next == "/" ? "/" + name : next + "/" + name
                switch kind(of: full) {
                case H5O_TYPE_DATASET: result.append(full)
                case H5O_TYPE_GROUP: waiting.append(full)
                default: break
                }
                if result.count + waiting.count > limit {
                    throw ReaderError(.damaged, "holds more than \(limit) arrays; name one", path: path)
                }
            }
        }
        return result.sorted()
    }

    /// The file and the place in it, for messages.
    func place(_ object: String) -> String { "\(path):\(object)" }

    private func information(of object: String) -> H5O_info_t? {
        guard !object.utf8.contains(0) else { return nil }
        return ArrayLibraryLock.locked {
            var information = H5O_info_t()
            let fields = UInt32(H5O_INFO_BASIC)
            let status = H5Oget_info_by_name2(handle.id, object, &information, fields, chdf5_default())
            return status < 0 ? nil : information
        }
    }

    private func kind(of object: String) -> H5O_type_t? { information(of: object)?.type }

    private func address(of object: String) -> UInt64? { information(of: object).map { UInt64($0.addr) } }

    /// Opens by name; where that fails, says which link is to blame.
    func open(
        _ object: String, as what: String, by open: (hid_t, UnsafePointer<CChar>) -> hid_t
    ) throws(ReaderError) -> HDF5Handle {
        guard !object.isEmpty, !object.utf8.contains(0) else {
            throw ReaderError(.usage, "`\(object)` is not a name in an HDF5 file", path: path)
        }
        let id = open(handle.id, object)
        if id >= 0 { return HDF5Handle(id) }
        if let fault = linkFault(on: object) { throw ReaderError(.damaged, fault, path: path) }
        let exists = kind(of: object) != nil
        let message =
            exists ? "cannot be opened as a \(what): it is something else or damaged" : "there is no such \(what)"
        throw ReaderError(exists ? .damaged : .notFound, message, path: place(object))
    }

    private func linkFault(on object: String) -> String? {
        var walked = ""
        for part in object.split(separator: "/") {
            walked += "/" + part
            var information = H5L_info_t()
            guard H5Lget_info(handle.id, walked, &information, chdf5_default()) >= 0 else { return nil }
            if information.type == H5L_TYPE_EXTERNAL {
                return "\(walked) is a link to another file, which is refused; copy the data into this file"
            }
            if information.type.rawValue > H5L_TYPE_EXTERNAL.rawValue {
                return "\(walked) is a link of an unknown kind, which is refused"
            }
        }
        return nil
    }
}

/// The names met while listing a group.
private struct LinkNames {
    var names: [String] = []
    var isBad = false

    static let visit: H5L_iterate_t = { _, name, _, context in
        guard let name, let context else { return -1 }
        let found = context.assumingMemoryBound(to: LinkNames.self)
        guard let text = String(validatingCString: name), found.pointee.names.count < 10_000_000 else {
            found.pointee.isBad = true
            return 1
        }
        found.pointee.names.append(text)
        return 0
    }
}

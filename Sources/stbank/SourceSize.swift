import DataBank

/// The bytes of files and folders.
enum SourceSize {
    static func bytes(of paths: [String]) throws -> Int {
        try paths.reduce(0) { sum, path in
            guard Disk.isFolder(path) else { return sum + (try Disk.size(of: path)) }
            return sum + (try bytes(of: try Disk.names(in: path).map { path + "/" + $0 }))
        }
    }
}

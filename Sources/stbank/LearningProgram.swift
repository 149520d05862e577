import Glibc
import Handover
import SpaceTime

/// The program of the verbs that need libtorch. `stbank` becomes it, so that all other verbs start without libtorch.
enum LearningProgram {
    /// `$STBANK_LEARN` where it is set, else `stbank-learn` beside the running program.
    static var path: String {
        let named = getenv("STBANK_LEARN").map { String(cString: $0) } ?? ""
        return named.isEmpty ? ReaderExecutable.folder() + "/stbank-learn" : named
    }

    static var isThere: Bool { access(path, X_OK) == 0 }

    /// Never comes back unless it fails.
    static func become(_ arguments: [String]) throws -> Never {
        guard isThere else {
            throw ReaderError(
                .system,
                "`\(arguments.first ?? "")` needs stbank-learn, which is not there: run `make setup`, which gets libtorch, and "
                    + "build anew; put it beside stbank or set STBANK_LEARN", path: path)
        }
        var pointers: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        pointers.append(nil)
        execv(path, pointers)
        throw ReaderError(.system, "cannot be started: \(String(cString: strerror(errno)))", path: path)
    }
}

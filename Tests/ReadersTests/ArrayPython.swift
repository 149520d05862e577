import Foundation
import Testing

@testable import Readers

/// The project's Python with h5py, netCDF4, SciPy and NumPy, for array tests.
enum ArrayPython {
    /// Whether the script ran; without Python it says that the test did not run.
    static func run(_ script: String, in folder: TemporaryFolder) throws -> Bool {
        guard let interpreter = ArchivePython.virtual else {
            print("not run: no .venv with NumPy; call make setup")
            return false
        }
        try ArchivePython.run(script, in: folder.path, with: interpreter)
        return true
    }
}

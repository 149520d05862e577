internal import ArrayFiles
package import DataBank
internal import Glibc
package import SpaceTime
internal import Testing

/// A bank of its own for one test; removed afterwards.
package final class TemporaryBank {
    package let bank: Bank
    package let folder: String

    package init() throws {
        var template = Array("/tmp/stbank-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BankError(.system, "no temporary folder") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        bank = try Bank(at: folder + "/bank", creating: true)
    }

    deinit { try? Disk.removeTree(folder) }

    package func ingest(
        _ provider: MemoryProvider, as name: String = "sample", settings: [String: String] = [:],
        _ change: (inout IngestRequest) -> Void = { _ in }
    ) throws -> IngestOutcome {
        if provider.survey.sources.isEmpty {
            provider.survey.sources = [
                try source(
                    "raw.bin", provider.frames.flatMap { $0 }.map { SHA256.digest(of: "\($0)").description }.joined())
            ]
        }
        let plan = try provider.survey.splitRule.apply(to: provider.survey)
        var request = IngestRequest(
            name: try #require(DatasetName(name)), readerVersion: 1, settings: settings,
            parts: plan.parts(of: provider.survey))
        change(&request)
        return try Ingestion(into: bank, from: provider, request, shell: NetCDFShell()).run()
    }

    /// A raw file, so that a build has sources.
    package func source(_ name: String, _ text: String) throws -> Survey.Source {
        let path = "\(folder)/\(name)"
        // A file that is there already stays the very same one, as a second start of a build finds it.
        if try Disk.text(of: path) != text { try Disk.writeWhole(text, to: path) }
        return Survey.Source(path: path, name: name)
    }
}

import ArgumentParser
import DataBank
import FoundationEssentials

/// The options that every verb takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "The bank's folder. Else $STBANK_HOME, else ./bank.")
    var bank: String?

    @Flag(help: "One JSON object a line on standard output; messages go to standard error.")
    var json = false

    @Flag(help: "No progress and no notes.")
    var quiet = false

    @Option(help: "Threads to use; the processors this process may use where not given.")
    var threads: Int?

    /// The folder of the bank.
    var bankPath: String {
        bank ?? ProcessInfo.processInfo.environment["STBANK_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "bank"
    }

    func openBank(creating: Bool = false) throws -> Bank { try Bank(at: bankPath, creating: creating) }

    var console: Console { Console(json: json, quiet: quiet) }

    var threadCount: Int { max(1, threads ?? Processors.count) }

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024") }
    }
}

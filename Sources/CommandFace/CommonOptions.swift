package import ArgumentParser
package import DataBank
internal import FoundationEssentials

/// The options that every verb takes.
package struct CommonOptions: ParsableArguments {
    package init() {}

    @Option(help: "The bank's folder. Else $STBANK_HOME, else ./bank.")
    package var bank: String?

    @Flag(help: "One JSON object a line on standard output; messages go to standard error.")
    package var json = false

    @Flag(help: "No progress and no notes.")
    package var quiet = false

    @Option(help: "Threads to use; the processors this process may use where not given.")
    package var threads: Int?

    /// The folder of the bank.
    package var bankPath: String {
        bank ?? ProcessInfo.processInfo.environment["STBANK_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "bank"
    }

    package func openBank(creating: Bool = false) throws -> Bank { try Bank(at: bankPath, creating: creating) }

    package var console: Console { Console(json: json, quiet: quiet) }

    package var threadCount: Int { max(1, threads ?? Processors.count) }

    package func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024") }
    }
}

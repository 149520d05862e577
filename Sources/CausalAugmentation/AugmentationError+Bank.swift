package import DataBank

extension AugmentationError {
    /// The same as an error of the bank.
    package var asBankError: BankError { BankError(code == .usage ? .usage : .damaged, message) }
}

/// Runs work whose errors are of copies or of the bank.
func bankErrors<Result>(_ body: () throws -> Result) throws(BankError) -> Result {
    do {
        return try body()
    } catch let error as AugmentationError {
        throw error.asBankError
    } catch let error as BankError {
        throw error
    } catch {
        throw BankError(.system, "\(error)")
    }
}

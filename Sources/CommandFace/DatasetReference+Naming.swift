internal import DataBank
package import SpaceTime

extension DatasetReference {
    /// A reference that can name something new: no pin.
    package init(naming text: String) throws {
        guard let reference = DatasetReference(text), reference.pin == nil else {
            throw BankError(
                .usage,
                "`\(text)` is no name for a data set: lower-case letters, digits, single - or + between them, "
                    + "and if wanted a version, as in sevir-vil@1.0.0")
        }
        self = reference
    }
}

package import SpaceTime

/// What a data set that is made from others has in place of raw files: its kind, what it is made from, and how.
package struct Derivation: Hashable, Sendable {
    /// A file that is kept with the data set, as the weights of a network.
    package struct Attachment: Hashable, Sendable {
        package var name: String
        package var path: String

        package init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    package var kind: Identity.Kind
    /// Content digests; first the data set whose sequences these are.
    package var parents: [Digest]
    /// Everything the content follows from besides the parents.
    package var step: Identity.Step
    package var attachments: [Attachment]

    package init(
        _ kind: Identity.Kind, from parents: [Digest], by step: Identity.Step, attachments: [Attachment] = []
    ) {
        self.kind = kind
        self.parents = parents
        self.step = step
        self.attachments = attachments
    }
}

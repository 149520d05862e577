package import SpaceTime

/// Makes a build a data set of its own kind, made from others, where an ingest would make `frames` from raw files.
package struct Derivation: Hashable, Sendable {
    package var kind: Identity.Kind
    package var parents: [Digest]
    /// What was done; the whole recipe.
    package var step: Identity.Step
    /// Files to be kept beside the payload, such as weights: path and name in the bank.
    package var attachments: [Attachment]
    package var learning: Record.Learning?

    package struct Attachment: Hashable, Sendable {
        package var path: String
        package var name: String

        package init(path: String, name: String) {
            self.path = path
            self.name = name
        }
    }

    package init(
        _ kind: Identity.Kind, from parents: [Digest], by step: Identity.Step, attachments: [Attachment] = [],
        learning: Record.Learning? = nil
    ) {
        self.kind = kind
        self.parents = parents
        self.step = step
        self.attachments = attachments
        self.learning = learning
    }
}

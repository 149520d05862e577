package import SpaceTime

extension Record {
    /// A file kept in `objects/<sha256>/` beside the payload.
    package struct Attachment: Hashable, Sendable, Codable {
        package var name: String
        package var sha256: Digest
        package var size: Int

        package init(name: String, sha256: Digest, size: Int) {
            self.name = name
            self.sha256 = sha256
            self.size = size
        }
    }

    /// How a network went that a data set was made with.
    package struct Learning: Hashable, Sendable, Codable {
        /// Mean losses of one epoch; `validation` is nil where nothing was held out.
        package struct Epoch: Hashable, Sendable, Codable {
            package var number: Int
            package var training: Double
            package var validation: Double?

            package init(number: Int, training: Double, validation: Double?) {
                self.number = number
                self.training = training
                self.validation = validation
            }
        }

        /// In `runs/`; nil where the weights came from a checkpoint of the user's.
        package var run: String?
        package var epochs: [Epoch]
        /// Of another network whose maps were compared with this one's.
        package var secondSeed: Seed?
        /// Figures by name, such as METHOD 12.5's.
        package var figures: [String: Double]

        package init(run: String?, epochs: [Epoch], figures: [String: Double]) {
            self.run = run
            self.epochs = epochs
            self.figures = figures
        }
    }
}

/// How frames are divided into training, validation and test.
public enum SplitRule: Hashable, Sendable, Codable {
    /// As the source says; where it knows training and test only, the last tenth of training becomes validation.
    case source
    /// By time, whole sequences: training while `time <= validationAfter`, test when `time > testAfter`.
    case sequenceDates(validationAfter: Int64, testAfter: Int64)
    /// By time, frame by frame: sequences are cut. Validation from one time on, test from another.
    case frameDates(validationFrom: Int64, testFrom: Int64)
    /// The last calendar days of all frames: `test` days, before them `validation` days. Sequences are cut.
    case lastDays(validation: Int, test: Int)
    /// By share of the frames in order of time. Sequences are cut.
    case time(Shares)
    /// By share of the groups, drawn by a keyed hash of the group's name.
    case group(Shares)
    /// Groups named one by one.
    case groups(validation: [String], test: [String])
    case allTrain

    /// Parts of a hundred.
    public struct Shares: Hashable, Sendable, Codable {
        public var train: Int
        public var validation: Int
        public var test: Int

        public init(train: Int, validation: Int, test: Int) {
            self.train = train
            self.validation = validation
            self.test = test
        }
    }
}

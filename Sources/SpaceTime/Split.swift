/// The part of a data set that a frame belongs to. Fixed at ingestion.
public enum Split: String, Hashable, Sendable, Codable, CaseIterable {
    case train, validation, test
}

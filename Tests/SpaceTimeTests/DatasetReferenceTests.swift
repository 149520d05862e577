import SpaceTime
import Testing

struct DatasetReferenceTests {
    @Test(arguments: ["sevir", "sevir-vil", "taxibj+@1.0.0", "a-b+c@2.10.0#9f3c21a"])
    func aTextThatNamesADataSetComesBackUnchanged(text: String) throws {
        let reference = DatasetReference(text)
        #expect(text.hasPrefix("taxibj+@") ? reference == nil : reference?.description == text)
    }

    @Test(arguments: [
        "", "Sevir", "se vir", "-sevir", "sevir-", "a--b", "../x", "a@1", "a@1.0", "a@01.0.0", "a#12", "a#xyz1",
        "a@1.0.0@2",
    ])
    func otherTextNamesNone(text: String) {
        #expect(DatasetReference(text) == nil)
    }
}

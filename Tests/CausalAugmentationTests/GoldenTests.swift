import MethodParity
import Testing

@Suite struct GoldenTests {
    @Test(.enabled(if: Golden.isThere, Golden.comment), arguments: MethodParity.groups)
    func theMethodGivesTheWorkedNumbers(_ group: String) throws {
        let lines = try MethodParity.check(file: Golden.path, only: [group])
        for line in lines {
            print(
                "\(line.group): \(line.arrays) arrays, difference \(line.difference), \(line.worst), passes \(line.passes)"
            )
            #expect(line.passes && line.arrays > 0, "\(line)")
        }
        #expect(lines.count == 1)
    }
}

import Parity
import Testing

@Suite struct GoldenTests {
    @Test(.enabled(if: Golden.isThere, Golden.comment), arguments: MethodCheck.known)
    func theMethodGivesTheWorkedNumbers(_ group: String) throws {
        var lines: [ParityLine] = []
        ParityRun([MethodCheck.self], only: [group]).lines(of: Golden.path) { lines.append($0) }
        for line in lines {
            print("\(line.group): difference \(line.difference ?? .infinity), \(line.detail ?? "")")
            #expect(line.passed, "\(line)")
        }
        #expect(lines.count == 1)
    }
}

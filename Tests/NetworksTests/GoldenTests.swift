import NetworkParity
import Parity
import Testing

@Suite struct GoldenTests {
    static let names =
        ["vit", "vit_upstream", "vit_upstream_paper", "swin", "swin_upstream"]
        + ["simvp", "simvp__fallback", "simvp_openstl_incepu", "simvp_openstl_gsta", "convlstm", "convlstm__ln"]
        + ["predrnnv2", "predrnnv2__ln", "e3dlstm", "e3dlstm__kth", "earthformer", "earthformer__mnist", "rainformer"]

    @Test(arguments: names) func aNetworkIsTheSameFunctionAsItsReference(name: String) {
        guard GoldenFiles.isThere(name) else { return }
        var lines: [ParityLine] = []
        ParityRun([NetworkCheck.self]).lines(of: GoldenFiles.path(name)) { lines.append($0) }
        #expect(lines.count >= 7)
        for line in lines { #expect(line.passed, "\(line)") }
    }

    @Test func aGroupThatIsNotThereFails() {
        guard GoldenFiles.isThere("vit") else { return }
        var lines: [ParityLine] = []
        ParityRun([NetworkCheck.self], only: ["nonsense"]).lines(of: GoldenFiles.path("vit")) { lines.append($0) }
        #expect(lines.map(\.passed) == [false])
    }

    @Test func whatIsNoGoldenFileFails() {
        var lines: [ParityLine] = []
        ParityRun([NetworkCheck.self]).lines(of: "/dev/null") { lines.append($0) }
        #expect(lines.map(\.passed) == [false])
    }
}

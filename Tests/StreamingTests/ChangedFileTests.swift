import BankRig
import DataBank
import Glibc
import SpaceTime
import Testing

@testable import Streaming

struct ChangedFileTests {
    private func plan() -> PlanRequest {
        var plan = PlanRequest()
        (plan.inputFrames, plan.targetFrames, plan.batchSize, plan.keepMissing, plan.crossGaps) = (3, 2, 4, true, true)
        return plan
    }

    private func payload(_ rig: StreamRig) throws -> String {
        let dataset = try Dataset(rig.bank.resolve("sample").digest, in: rig.bank)
        return dataset.path(of: dataset.record.payload[0])
    }

    /// Waits until the file is looked at again.
    private func pause() { usleep(50_000) }

    @Test(arguments: [false, true])
    func aFileThatIsCutOffIsAnErrorAndNoCrash(archive: Bool) throws {
        let rig = try StreamRig(sequences: 12, archive: archive)
        let source = try BatchSource("sample", in: rig.bank, plan())
        _ = try source.copy(epoch: 0, step: 0)
        #expect(truncate(try payload(rig), 4096) == 0)
        // At once, by the page that is not there, and later, by the file's stamp.
        for wait in [false, true] {
            if wait { pause() }
            let error = #expect(throws: BankError.self) {
                for step in 0..<source.stepsPerEpoch { _ = try source.copy(epoch: 0, step: step, threads: 2) }
            }
            #expect(error?.code == .damaged)
            #expect(error?.description.contains("rain-00000.nc") == true)
        }
        let error = #expect(throws: BankError.self) { try BatchSource("sample", in: rig.bank, plan()) }
        #expect(error?.message.contains("run `stbank verify`") == true)
    }

    @Test func aFileInAnothersPlaceIsAnError() throws {
        let rig = try StreamRig()
        let source = try BatchSource("sample", in: rig.bank, plan())
        _ = try source.copy(epoch: 0, step: 0)
        let path = try payload(rig)
        #expect(system("cp '\(path)' '\(path).new' && mv '\(path).new' '\(path)'") == 0)
        pause()
        let error = #expect(throws: BankError.self) { try source.copy(epoch: 0, step: 0) }
        #expect(error?.message.contains("changed, cut off or replaced") == true)
    }

    @Test func aFileWhoseNameIsGoneIsReadToItsEnd() throws {
        let rig = try StreamRig()
        let source = try BatchSource("sample", in: rig.bank, plan())
        let before = try source.copy(epoch: 0, step: 0)
        unlink(try payload(rig))
        pause()
        #expect(try source.copy(epoch: 0, step: 0) == before)
    }

    @Test func aSignalOfAnotherIsPassedOn() async throws {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            let rig = try StreamRig()
            var plan = PlanRequest()
            (plan.inputFrames, plan.targetFrames, plan.batchSize) = (2, 1, 1)
            _ = try BatchSource("sample", in: rig.bank, plan).copy(epoch: 0, step: 0)
            raise(SIGBUS)
        }
    }

    /// A record that lies about offset or size, with a checksum that agrees.
    @Test(arguments: ["offset", "frames", "size", "header"])
    func aRecordThatLiesIsFoundAtOpening(what: String) throws {
        let rig = try StreamRig()
        let dataset = try Dataset(rig.bank.resolve("sample").digest, in: rig.bank)
        var record = dataset.record
        switch what {
        case "offset": record.payload[0].offset += 4096
        case "frames": record.payload[0].frames += 1_000_000
        case "size": record.payload[0].size += 1
        default: record.payload[0].header = "0123456789abcdef"
        }
        try Disk.writeWhole(record.text(), to: dataset.folder + "/record.json")
        let error = #expect(throws: BankError.self) { try BatchSource("sample", in: rig.bank, plan()) }
        #expect(error?.code == .damaged)
        #expect(error?.path?.contains("rain-00000.nc") == true)
    }
}

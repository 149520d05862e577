import ArrayFiles
import Foundation
import SpaceTime
import Testing

@testable import Readers

struct NetCDFReaderTests {
    let folder = TemporaryFolder()

    @Test(arguments: ["air_potential_temperature", "basin", "bom", "tas", "tcco2", "tiny"])
    func realFilesAreReadAsOtherProgramsReadThem(name: String) throws {
        _ = try ArrayFixture.named("netcdf-" + name, "real").check(NetCDFReader.self, kind: "real")
    }

    @Test(arguments: [
        "netcdf", "netcdf-classic", "netcdf-levels", "netcdf-fills-all_ones", "netcdf-fills-huge",
        "netcdf-fills-library_default", "netcdf-fills-minus_32767", "netcdf-fills-minus_32768",
        "netcdf-fills-minus_9999",
        "netcdf-fills-minus_hundred", "netcdf-fills-minus_one", "netcdf-fills-not_a_number",
        "netcdf-fills-two_sentinels",
    ])
    func sampleFilesAreReadAsOtherProgramsReadThem(name: String) throws {
        _ = try ArrayFixture.named(name, "sample").check(NetCDFReader.self, kind: "sample")
    }

    @Test func unitsTimesOrientationAndAttributesAreTheSources() throws {
        guard
            let survey = try ArrayFixture.named("netcdf-air_potential_temperature", "real").check(
                NetCDFReader.self, kind: "real")
        else { return }
        let field = survey.fields[0]
        #expect(field.units == "K" && field.channels == 10 && field.rowOrder == .southFirst)
        #expect(field.attributes["standard_name"] == .text("air_potential_temperature"))
        #expect(field.channelNames.count == 10 && survey.timeAxis.kind == .clock && survey.timeAxis.cadence == 600)
        #expect(survey.notes.contains { $0.contains("became channels") })
    }

    private func survey(_ script: String, _ settings: [String: String] = [:]) throws -> Survey? {
        guard try ArrayPython.run("import netCDF4, numpy as np\n" + script, in: folder) else { return nil }
        let checked = try ReaderSettings(settings, options: NetCDFReader.options, format: "netcdf")
        let scratch = TemporaryFolder()
        return try NetCDFReader(checked).survey(Location(paths: [folder.path], scratch: scratch.path, threads: 1))
            .survey
    }

    private static let make = """
        def make(name, times, units='hours since 2020-01-01', calendar=None, kind='f4', shape=(4, 5), **attributes):
            with netCDF4.Dataset(name, 'w') as d:
                d.createDimension('time', None); d.createDimension('y', shape[0]); d.createDimension('x', shape[1])
                t = d.createVariable('time', 'f8', ('time',)); t.units = units
                if calendar: t.calendar = calendar
                t[:] = times
                v = d.createVariable('Rain Rate', kind, ('time', 'y', 'x'))
                v.set_auto_maskandscale(False)
                v.setncatts(attributes)
                v[:] = np.arange(len(times) * shape[0] * shape[1]).reshape(len(times), *shape)

        """

    @Test func filesAreJoinedInTimeWhateverTheirNames() throws {
        let script = Self.make + "make('z.nc', [0, 1, 2]); make('a.nc', [4, 3.5]); make('b.nc', [1, 5])"
        guard let survey = try survey(script) else { return }
        let start: Int64 = 1_577_836_800
        #expect(survey.sequences[0].times[0].values.map { Double($0 - start) / 3600 } == [0, 1, 1, 2, 3.5, 4, 5])
        #expect(survey.timeAxis.cadence == 3600 && survey.fields[0].name == "rain_rate")
        #expect(survey.sequences[0].id == "Rain Rate" && survey.sources.map(\.name) == ["a.nc", "b.nc", "z.nc"])
    }

    @Test func calendarsThatNoClockKnowsBecomeCounters() throws {
        guard let survey = try survey(Self.make + "make('a.nc', [0, 1, 2], calendar='360_day')") else { return }
        #expect(survey.timeAxis.kind == .counter && survey.sequences[0].times[0].values == [0, 1, 2])
        #expect(survey.notes.contains { $0.contains("360_day") })
    }

    @Test func bitsDeclaredUnsignedAreUnsigned() throws {
        let script =
            Self.make
            + "make('a.nc', [0, 1], kind='i1', _Unsigned='true', missing_value=np.int8(-1), valid_range=np.int8([0, 100]))"
        guard let survey = try survey(script) else { return }
        #expect(survey.fields[0].element == .uint8 && survey.fields[0].missing == [.integer(255)])
        #expect(survey.notes.contains { $0.contains("valid_range") })
    }

    @Test func filesOfUnlikeGridsOrPackingAreRefusedNamingBoth() throws {
        let first = Self.make + "make('a.nc', [0, 1], scale_factor=0.5); "
        for second in [
            "make('b.nc', [2], shape=(4, 6), scale_factor=0.5)", "make('b.nc', [2], scale_factor=0.25)",
            "make('b.nc', [2], kind='f8', scale_factor=0.5)",
        ] {
            guard ArchivePython.virtual != nil else { return print("not run: no .venv; call make setup") }
            let error = #expect(throws: ReaderError.self) { try survey(first + second) }
            #expect(
                error?.path?.hasSuffix("b.nc") == true && error?.message.contains("a.nc") == true,
                "\(String(describing: error))")
        }
    }

    @Test func anAbsentVariableIsAWrongUsageNamingThoseThatAreThere() throws {
        guard ArchivePython.virtual != nil else { return print("not run: no .venv; call make setup") }
        let error = #expect(throws: ReaderError.self) {
            try survey(Self.make + "make('a.nc', [0])", ["variable": "snow"])
        }
        #expect(error?.code == .usage && error?.message.contains("Rain Rate") == true)
    }

    @Test(arguments: [
        ("hours since 1900-01-01 00:00:0.0", -2_208_988_800), ("days since 2010-01-01 12:00:00", 1_262_347_200),
        ("seconds since 1970-01-01 00:00:00 UTC", 0), ("minutes since 2018-06-16T00:00:00Z", 1_529_107_200),
        ("hours since 2000-1-1 0:0", 946_684_800), ("days since 1970-01-01 00:00 +1:00", -3600),
        ("days since 1970-01-01 02:00:00 -0230", 16_200), ("days since 0001-01-01", -62_135_769_600),
    ])
    func unitsOfTimeAreUnderstood(units: String, origin: Int64) {
        #expect(NetCDFClock(units: units, isMixed: true)?.origin == origin)
    }

    @Test(arguments: [
        "mm since yesterday", "months since 2000-01-01", "hours", "hours since 2000-13-01", "degrees_north",
    ])
    func unitsThatAreNoTimeAreNot(units: String) {
        #expect(NetCDFClock(units: units) == nil)
    }
}

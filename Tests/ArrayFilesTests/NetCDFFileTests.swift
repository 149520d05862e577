import Foundation
import SpaceTime
import Testing

@testable import ArrayFiles

struct NetCDFFileTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private static let script = """
        import netCDF4, numpy as np
        rng = np.random.default_rng(3)
        for form in ['NETCDF3_CLASSIC', 'NETCDF3_64BIT_OFFSET', 'NETCDF3_64BIT_DATA', 'NETCDF4', 'NETCDF4_CLASSIC']:
            with netCDF4.Dataset(form + '.nc', 'w', format=form) as d:
                d.title = 'tëst'
                d.createDimension('time', None); d.createDimension('y', 5); d.createDimension('x', 3)
                v = d.createVariable('odd', 'i1', ('time', 'x')); v[:] = np.arange(12).reshape(4, 3)
                t = d.createVariable('time', 'f8', ('time',)); t.units = 'hours since 2000-01-01'; t[:] = [0, 1, 2, 3]
                f = d.createVariable('field', 'f8', ('time', 'y', 'x'), fill_value=-9.0); f.scale_factor = 0.5
                f.set_auto_maskandscale(False); f[:] = np.arange(60).reshape(4, 5, 3)
                f.valid_range = np.array([1.0, 2.0])
                c = d.createVariable('fixed', 'i2', ('y', 'x')); c[:] = np.arange(15).reshape(5, 3)
                s = d.createVariable('one', 'i4', ()); s[...] = 42
        with netCDF4.Dataset('single.nc', 'w', format='NETCDF3_CLASSIC') as d:
            d.createDimension('time', None); d.createDimension('x', 3)
            v = d.createVariable('v', 'i1', ('time', 'x')); v[:] = np.arange(12).reshape(4, 3)
        """

    @Test func everyFormOfNetCDFGivesTheSameVariables() throws {
        guard try Python.run(NetCDFFileTests.script, in: folder) != nil else { return }
        for form in ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4", "NETCDF4_CLASSIC"] {
            let file = try NetCDFFile(path: folder.file(form + ".nc"))
            #expect(file.attributes["title"] == [.text("tëst")], "\(form)")
            #expect(file.variables.map(\.name) == ["odd", "time", "field", "fixed", "one"], "\(form)")
            let field = try #require(file.variable("field"))
            #expect(field.shape == [4, 5, 3] && field.element == .float64 && field.dimensions[0].isUnlimited)
            #expect(
                field.attribute("_FillValue") == .real(-9) && field.attributes["valid_range"] == [.real(1), .real(2)])
            #expect(try file.doubles(field) == (0..<60).map(Double.init), "\(form)")
            for (name, count) in [("odd", 12), ("fixed", 15)] {
                let variable = try #require(file.variable(name))
                #expect(try file.scalars(variable) == (0..<count).map { .integer(Int64($0)) }, "\(form) \(name)")
            }
            #expect(try file.doubles(#require(file.variable("time"))) == [0, 1, 2, 3])
            #expect(try file.scalars(#require(file.variable("one"))) == [.integer(42)])
        }
        let single = try NetCDFFile(path: folder.file("single.nc"))
        #expect(try single.doubles(#require(single.variable("v"))) == (0..<12).map(Double.init))
    }

    @Test func aCutOffFileIsRefusedWhereverItIsCut() throws {
        guard try Python.run(NetCDFFileTests.script, in: folder) != nil else { return }
        for form in ["NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA", "NETCDF4"] {
            let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file(form + ".nc")))
            let path = folder.file("cut.nc")
            for cut in stride(from: 0, to: whole.count - 4, by: max(1, whole.count / 40)) {
                try whole.prefix(cut).write(to: URL(fileURLWithPath: path))
                #expect(throws: ReaderError.self, "\(form) \(cut)") {
                    let file = try NetCDFFile(path: path)
                    for variable in file.variables where variable.element != nil { _ = try file.doubles(variable) }
                }
            }
        }
    }

    @Test func aPathIsNeverAURLAndTextIsNoNetCDF() throws {
        for path in ["https://example.org/a.nc", "[dap4]http://x/y", folder.file("absent.nc#mode=zarr")] {
            let error = #expect(throws: ReaderError.self) { try NetCDFFile(path: path) }
            #expect(error?.code == .notFound)
        }
        try Data("CDF?".utf8).write(to: URL(fileURLWithPath: folder.file("a.nc")))
        let error = #expect(throws: ReaderError.self) { try NetCDFFile(path: folder.file("a.nc")) }
        #expect(error?.code == .damaged)
    }
}

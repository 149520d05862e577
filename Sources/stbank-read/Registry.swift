internal import Readers
internal import SpaceTime

/// The formats that can be read.
enum Registry {
    static let readers: [any Reader.Type] = [
        SEVIRReader.self, TaxiBJReader.self, KTHReader.self, RainNetReader.self, PDReader.self, FireSysReader.self,
        NetCDFReader.self,
        ArrayReader.self,
    ]
}

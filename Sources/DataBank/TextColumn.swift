package import SpaceTime

/// Texts as a rectangle of characters, as classic netCDF tools like them.
package struct TextColumn {
    let name: String
    let texts: [[UInt8]]
    let width: Int

    package init(_ name: String, _ texts: [String]) {
        self.name = name
        self.texts = texts.map { Array($0.utf8) }
        width = max(1, self.texts.map(\.count).max() ?? 1)
    }

    package var dimension: PayloadLayout.Dimension { PayloadLayout.Dimension("\(name)_strlen", width) }

    package func variable(over rows: String) -> PayloadLayout.Variable {
        let bytes = texts.flatMap { $0 + [UInt8](repeating: 0, count: width - $0.count) }
        return PayloadLayout.Variable(
            name, nil, [rows, dimension.name], [PayloadLayout.Attribute("_Encoding", "utf-8")], bytes: bytes)
    }
}

internal import SpaceTime

/// The polar stereographic grids that RADOLAN composites lie on.
///
/// Earth a sphere of 6370.04 km, true at 60 N, 10 E upright. Lower left corners as wradlib's `get_radolan_grid` has them:
/// the point 9 E 51 N at x = -73.462, y = -4208.645 km, less the cells to its left and below.
enum RADOLANGrid {
    /// Attributes of a field on a known grid of 1 km; empty for others.
    static func attributes(rows: Int, columns: Int, formatVersion: Int) -> [String: Scalar] {
        let cells: (left: Double, below: Double)? =
            switch (rows, columns) {
            case (900, 900): (450, 450)
            case (1100, 900): (370, 550)
            case (1200, 1100): (470, 600)
            case (1500, 1400): (600, 800)
            default: nil
            }
        // Newer headers mean an ellipsoid, for which these corners do not hold.
        guard let cells, formatVersion < 5 else { return [:] }
        return [
            "grid_mapping_name": .text("polar_stereographic"),
            "earth_radius": .real(6_370_040),
            "standard_parallel": .real(60),
            "straight_vertical_longitude_from_pole": .real(10),
            "latitude_of_projection_origin": .real(90),
            "grid_spacing_m": .real(1000),
            "lower_left_x_m": .real((-73.462 - cells.left) * 1000),
            "lower_left_y_m": .real((-4208.645 - cells.below) * 1000),
        ]
    }
}

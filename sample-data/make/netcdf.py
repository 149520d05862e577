"""CF netCDF files: packed and plain, classic and netCDF-4, every way of saying that a value is missing."""

from pathlib import Path

import netCDF4
import numpy as np
from numpy.random import default_rng

from fields import storms, texture


def dataset(
    path: Path,
    times: np.ndarray,
    rows: int,
    columns: int,
    format: str = "NETCDF4",
    units: str = "minutes since 2018-06-16 00:00:00",
) -> netCDF4.Dataset:
    """A new file with the coordinates time, lat and lon."""
    file = netCDF4.Dataset(path, "w", format=format)
    file.Conventions = "CF-1.8"
    file.createDimension("time", None)
    for name, size, unit, first in (("lat", rows, "degrees_north", 50.0), ("lon", columns, "degrees_east", 6.0)):
        file.createDimension(name, size)
        axis = file.createVariable(name, "f4", (name,))
        axis.units = unit
        axis[:] = first + 0.02 * np.arange(size)
    axis = file.createVariable("time", "f8", ("time",))
    axis.units, axis.calendar, axis.standard_name = units, "standard", "time"
    axis[:] = times
    return file


def main(folder: Path) -> None:
    """Three days of packed rain, one file a day, steps of 20 minutes."""
    rain = storms(default_rng(1), 216, 48, 40)
    for day in range(3):
        step = np.arange(72 * day, 72 * (day + 1))
        with dataset(folder / f"rain_2018061{6 + day}.nc", 20.0 * step, 48, 48) as file:
            options = dict(zlib=True, complevel=6, fill_value=np.int16(-32768), chunksizes=(1, 48, 48))
            variable = file.createVariable("precipitation", "i2", ("time", "lat", "lon"), **options)
            variable.units, variable.standard_name = "kg m-2", "precipitation_amount"
            variable.scale_factor, variable.add_offset = 0.05, 0.0
            variable.set_auto_maskandscale(False)
            packed = np.round(rain[step] * 6 / 0.05).astype(np.int16)
            packed[:, :3, :4] = -32768
            variable[:] = packed


def classic(folder: Path) -> None:
    """Classic files with 32-bit and 64-bit offsets and a record dimension; packed; hours since 1900."""
    gas = texture(default_rng(2), 24, 20, 30, (0.3, 0.8), 0.05)
    for part, format in enumerate(("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET")):
        step = np.arange(12 * part, 12 * (part + 1))
        units = "hours since 1900-01-01 00:00:0.0"
        with dataset(folder / f"co2_{part}.nc", 929190 + 6.0 * step, 20, 30, format, units) as file:
            variable = file.createVariable("tcco2", "i2", ("time", "lat", "lon"), fill_value=np.int16(-32767))
            variable.units, variable.missing_value = "kg m**-2", np.int16(-32767)
            variable.scale_factor, variable.add_offset = 0.00132, 389.6
            variable.set_auto_maskandscale(False)
            packed = np.round(gas[step] * 2500).astype(np.int16)
            packed[2, 4:6, 7] = -32767
            variable[:] = packed


FILLS = {
    "minus_one": ("i2", "_FillValue", -1),
    "minus_hundred": ("i1", "missing_value", -100),
    "minus_9999": ("f4", "missing_value", -9999.0),
    "minus_32767": ("i2", "_FillValue", -32767),
    "minus_32768": ("i2", "_FillValue", -32768),
    "all_ones": ("u2", "_FillValue", 65535),
    "huge": ("f8", "_FillValue", 1e20),
    "not_a_number": ("f4", "_FillValue", np.nan),
    "library_default": ("f4", None, netCDF4.default_fillvals["f4"]),
    "two_sentinels": ("i4", "both", -9999),
}


def fills(folder: Path) -> None:
    """One variable for each convention; the fifth value of each frame is missing."""
    noise = texture(default_rng(3), 6, 10, 12, (0.2, 0.4), 0.05)
    for name, (kind, attribute, fill) in FILLS.items():
        with dataset(folder / f"{name}.nc", 5.0 * np.arange(6), 10, 12) as file:
            filled = fill if attribute in ("_FillValue", "both") else None
            variable = file.createVariable(name, kind, ("time", "lat", "lon"), fill_value=filled)
            variable.set_auto_maskandscale(False)
            if attribute in ("missing_value", "both"):
                variable.missing_value = np.array(fill if attribute == "missing_value" else -1, kind)
            if name in ("minus_one", "all_ones"):
                variable.scale_factor = 0.05
            values = 60 + 12 * noise
            stored = (values if kind.startswith("f") else np.round(values)).astype(kind)
            stored[:, 0, 4] = fill
            if attribute == "both":
                stored[:, 1, 1] = -1
            variable[:] = stored


def levels(folder: Path) -> None:
    """A variable with levels: they become channels. Big-endian numbers, chunked, unlimited time, no filter."""
    noise = texture(default_rng(4), 12, 16, 16, (0.3, 0.5), 0.05)
    with dataset(folder / "theta.nc", 10.0 * np.arange(12), 16, 16) as file:
        file.createDimension("level", 3)
        height = file.createVariable("level", "f4", ("level",))
        height.units, height.positive = "m", "up"
        height[:] = [10, 100, 400]
        shape = ("time", "level", "lat", "lon")
        variable = file.createVariable("theta", ">f4", shape, endian="big", chunksizes=(1, 3, 16, 16))
        variable.units = "K"
        variable[:] = 285 + np.stack([noise, 2 + 0.8 * noise, 4 + 0.5 * noise], axis=1)


VARIANTS = {"netcdf": main, "netcdf-classic": classic, "netcdf-fills": fills, "netcdf-levels": levels}

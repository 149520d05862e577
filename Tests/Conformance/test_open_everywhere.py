"""Every payload file opens in h5py, xarray and ncdump, and decodes to the physical values."""

import subprocess

import h5py
import numpy as np
import xarray

from cases import SAMPLE, content
from conftest import Bank, Ingested, raw_paths


def test_h5py_opens_contiguous_aligned_frames(ingested: Ingested, bank: Bank) -> None:
    shapes = {f"frames_{name}": tuple(field["shape"][1:]) for name, field in ingested.expected["fields"].items()}
    payload = bank.payload(ingested.id)
    assert {variable for variable, _ in payload} == set(shapes)
    for variable, path in payload:
        with h5py.File(path) as file:
            frames = file[variable]
            assert frames.shape[1:] == shapes[variable]
            assert frames.chunks is None and not frames.external
            assert frames.id.get_offset() % 4096 == 0


def test_xarray_decodes_to_physical_values(ingested: Ingested, bank: Bank) -> None:
    for name, field in content(ingested.kind, ingested.name).fields.items():
        parts = []
        for variable, path in bank.payload(ingested.id):
            if variable == f"frames_{name}":
                with xarray.open_dataset(path, engine="netcdf4", decode_times=False) as data:
                    parts.append(data[variable].values)
        decoded = np.concatenate(parts).astype(np.float64)
        physical = np.where(field.valid(), field.frames * np.float64(field.scale) + field.offset, np.nan)
        np.testing.assert_allclose(decoded, physical, rtol=1e-5, atol=1e-6 * field.scale, err_msg=name)


def test_xarray_decodes_the_times(ingested: Ingested, bank: Bank) -> None:
    for _, path in bank.payload(ingested.id):
        with xarray.open_dataset(path, engine="netcdf4") as data:
            assert data.sizes["frame"] == int(data["row_size"].sum())
            assert data["row_size"].attrs["sample_dimension"] == "frame"
            assert data.attrs["Conventions"] == "CF-1.11 ACDD-1.3"


def test_ncdump_reads_the_header(ingested: Ingested, bank: Bank) -> None:
    for variable, path in bank.payload(ingested.id):
        header = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True, check=True).stdout
        assert f"{variable}(frame" in header


def test_archived_frames_open_too(new_bank: Bank) -> None:
    id = new_bank.ingest("taxibj", raw_paths("sample", SAMPLE["taxibj"]), "packed", {}, "--archive")["id"]
    parts = []
    for variable, path in new_bank.payload(id):
        with h5py.File(path) as file:
            assert file[variable].chunks and file[variable].compression == "gzip" and file[variable].shuffle
            parts.append(file[variable][:])
    np.testing.assert_array_equal(np.concatenate(parts), content("sample", "taxibj").fields["flow"].frames)

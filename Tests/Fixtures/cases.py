"""The cases: which files go in, with which settings, and how another program reads them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import raw

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = {
    "sample": REPOSITORY / "sample-data",
    "real": Path(os.environ.get("STBANK_REAL_DATA") or REPOSITORY.parent / "shared" / "data"),
}


@dataclass
class Case:
    """`paths` are below the root of `sample` or `real`; `read` takes them as absolute paths."""

    format: str
    paths: list[str]
    read: Callable[..., raw.Content]
    settings: dict[str, str] = field(default_factory=dict)


def folder(name: str, read: Callable[..., raw.Content], **settings: str) -> Case:
    return Case(name.split("-")[0], [name], read, settings)


def files(read: Callable[..., raw.Content]) -> Callable[[Path], raw.Content]:
    """A reader of files for a case that names their folder."""
    return lambda root: read(
        *(path for path in raw.in_order(root.iterdir()) if path.suffix != ".txt" and "BJ_" not in path.name)
    )


def npy(axes: str) -> Callable[[Path], raw.Content]:
    return lambda path: raw.array(axes, (path.stem, np.load(path)))


def only(path: Path) -> Path:
    return next(path.iterdir())


SEVIR_SETS = {
    "vil": ("vil",),
    "ir069": ("ir069",),
    "ir107": ("ir107",),
    "vis": ("vis",),
    "lght": ("lght",),
    "vil-ir069": ("vil", "ir069"),
    "all": ("vil", "ir069", "ir107", "vis", "lght"),
}
FILLS = [
    "minus_one",
    "minus_hundred",
    "minus_9999",
    "minus_32767",
    "minus_32768",
    "all_ones",
    "huge",
    "not_a_number",
    "library_default",
    "two_sentinels",
]

SAMPLE = {
    "sevir": folder("sevir", raw.sevir),
    **{
        f"sevir-types-{name}": folder(
            "sevir-types", lambda root, types=types: raw.sevir(root, types), type=",".join(types)
        )
        for name, types in SEVIR_SETS.items()
    },
    "sevir-spreadsheet": folder("sevir-spreadsheet", raw.sevir),
    "sevir-chunked": folder("sevir-chunked", raw.sevir),
    "sevir-nowcast": folder("sevir-nowcast", raw.sevir_pairs),
    "sevir-challenge": folder("sevir-challenge", lambda root: raw.sevir_pairs(root, "_vil")),
    "sevir-challenge-packed": folder("sevir-challenge-packed", raw.sevir_packed),
    "sevir-lr": folder("sevir-lr", raw.sevir),
    "sevir-windows": folder("sevir-windows", raw.sevir_windows),
    "sevir-nuwa": folder("sevir-nuwa", raw.sevir_nuwa),
    "taxibj": folder("taxibj", files(raw.taxibj_years)),
    "taxibj-nyc": folder("taxibj-nyc", files(raw.taxibj_years)),
    "taxibj-plus": folder("taxibj-plus", raw.taxibj_plus),
    "taxibj-plus-reshaped": folder("taxibj-plus-reshaped", raw.taxibj_reshaped),
    "taxibj-urbanfm": folder("taxibj-urbanfm", raw.taxibj_urbanfm),
    "taxibj-openstl": folder("taxibj-openstl", raw.taxibj_openstl),
    "taxibj-predbench": folder("taxibj-predbench", raw.taxibj_predbench),
    "taxibj-dltraff": folder("taxibj-dltraff", raw.taxibj_dltraff),
    "kth": folder("kth", raw.kth_clips),
    "kth-reencoded": folder("kth-reencoded", raw.kth_clips),
    "kth-frames": folder("kth-frames", lambda root: raw.kth_pictures(root, "kth/*/*/*.jpg", r"image_(\d+)")),
    "kth-svg": folder("kth-svg", lambda root: raw.kth_pictures(root, "processed/*/*/*.png", r"image-(\d+)")),
    "kth-mcvd": folder("kth-mcvd", raw.kth_shards),
    "rainnet": folder("rainnet", raw.rydl),
    "rainnet-float16": folder("rainnet-float16", raw.rydl),
    **{
        f"rainnet-{name}": folder(f"rainnet-{name}", files(raw.composites))
        for name in ("radolan", "yw", "rw", "rz", "rx", "wx", "ex", "rv", "tar")
    },
    "rainnet-odim": folder("rainnet-odim", raw.odim),
    "rainnet-chen": folder("rainnet-chen", raw.chen),
    "rainnet-chen-patches": folder("rainnet-chen-patches", raw.chen_patches),
    "pd": folder("pd", raw.folders),
    "pd-gif": folder("pd-gif", raw.gifs),
    "pd-stgasnet": folder("pd-stgasnet", files(raw.gasnet)),
    "firesys": folder(
        "firesys", lambda root: raw.firesys(root / "fire", root / "datainfo/fire/data_split_dict_1.json")
    ),
    "firesys-circular_motion": folder(
        "firesys-circular_motion",
        lambda root: raw.firesys(root / "circular_motion", root / "datainfo/circular_motion/data_split_dict_1.json"),
    ),
    "netcdf": folder("netcdf", files(lambda *paths: raw.cf("precipitation", *paths))),
    "netcdf-classic": folder("netcdf-classic", files(lambda *paths: raw.cf("tcco2", *paths))),
    "netcdf-levels": folder("netcdf-levels", files(lambda *paths: raw.cf("theta", *paths))),
    **{
        f"netcdf-fills-{name}": Case("netcdf", [f"netcdf-fills/{name}.nc"], lambda path: raw.cf(path.stem, path))
        for name in FILLS
    },
    "array": folder("array", lambda root: npy("NTCHW")(only(root))),
    "array-npz": folder(
        "array-npz", lambda root: raw.array("NTHW", ("waves", np.load(only(root))["u"])), variable="u", axes="NTHW"
    ),
    "array-mat5": folder(
        "array-mat5", lambda root: raw.array("HWT", ("waves", raw.matlab(only(root), "u"))), variable="u", axes="HWT"
    ),
    "array-mat73": folder(
        "array-mat73", lambda root: raw.array("HWT", ("waves", raw.hdf5(only(root), "u").T)), variable="u", axes="HWT"
    ),
    "array-nuwa": folder(
        "array-nuwa",
        lambda root: raw.array("NHWT", ("ns_data", raw.matlab(only(root), "u"))),
        variable="u",
        axes="NHWT",
    ),
    "array-hdf5": folder(
        "array-hdf5",
        lambda root: raw.array("NTCHW", ("waves", raw.hdf5(only(root), "simulation/u"))),
        variable="simulation/u",
        axes="NTCHW",
    ),
}

NYC = ["taxibj/NYC10_Taxi_M16x8_T60_InOut.h5", "taxibj/NYC13_Taxi_M16x8_T60_InOut.h5"]
GASNET = ["pd/air_test_dT72_D100_i5_o15_first.h5", "pd/air_train_dT72_D100_i5_o15_s2_c5.h5"]

REAL = {
    "taxibj-nyc": Case("taxibj", NYC, raw.taxibj_years),
    "kth": Case("kth", ["kth"], raw.kth_clips),
    **{f"rainnet-{name}": Case("rainnet", [f"rainnet/{name}"], files(raw.composites)) for name in ("ry", "yw")},
    **{
        f"rainnet-{name}": Case("rainnet", [f"rainnet/misc/raa01-{name}_10000-1408102050-dwd---bin.gz"], raw.composites)
        for name in ("rw", "rx")
    },
    **{
        f"firesys-{name}": Case(
            "firesys",
            [f"firesys/{name}", f"firesys/datainfo/{name}"],
            lambda root, info: raw.firesys(root, info / "data_split_dict_1.json"),
        )
        for name in ("fire", "circular_motion")
    },
    **{f"pd-stgasnet-{name}": Case("pd", [path], raw.gasnet) for name, path in zip(("test", "train"), GASNET)},
    **{
        f"array-stgasnet-{name}": Case(
            "array",
            [path],
            lambda path: raw.array("TCHW", (path.stem, raw.hdf5(path, "input_raw_data"))),
            dict(variable="input_raw_data", axes="TCHW"),
        )
        for name, path in zip(("test", "train"), GASNET)
    },
    "array-burgers": Case(
        "array",
        ["pd/burgers_shock.mat"],
        lambda path: raw.array("HW", (path.stem, raw.matlab(path, "usol"))),
        dict(variable="usol", axes="HW"),
    ),
    **{
        f"array-{name}": Case("array", [f"nuwa/{name}.npy"], npy(axes), dict(axes=axes))
        for name, axes in (("labels", "NTCHW"), ("preds", "NTCHW"), ("Attention_map", "NCHW"))
    },
    "array-knmi": Case(
        "array",
        ["generic/knmi"],
        files(lambda *paths: raw.array("THW", ("RAD_NL25_RAP_5min", np.stack([raw.hdf5(path, "image1/image_data") for path in paths])))),
        dict(variable="image1/image_data", axes="HW"),
    ),
    "netcdf-bom": Case(
        "netcdf", ["generic/bom"], files(lambda *paths: raw.cf("precipitation", *paths)), dict(variable="precipitation")
    ),
    **{
        f"netcdf-{variable}": Case(
            "netcdf",
            [f"generic/{name}.nc"],
            lambda path, variable=variable: raw.cf(variable, path),
            dict(variable=variable),
        )
        for name, variable in (
            ("SMALL_total_column_co2", "tcco2"),
            ("basin_mask", "basin"),
            ("small_theta_colpex", "air_potential_temperature"),
            ("test_lcc", "tas"),
            ("tiny", "tiny"),
        )
    },
}
CASES = {"sample": SAMPLE, "real": REAL}


def content(kind: str, name: str) -> raw.Content:
    """The raw files of a case, read anew."""
    case = CASES[kind][name]
    return case.read(*(ROOTS[kind] / path for path in case.paths))

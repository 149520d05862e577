"""The Python package's order is that of the specification: numbers that another program made from StreamOrder.md."""

import json
from pathlib import Path

import numpy as np
import pytest

from cases import REPOSITORY
from made_bank import MadeField, MadeSequence, MadeSet, write

import stbank
from stbank import canonical, keyed, order, shard, xxh3

VECTORS = json.loads((REPOSITORY / "Tests" / "Fixtures" / "stream-order.json").read_text())


def test_bits_and_hashes_are_those_of_the_specification() -> None:
    for case in VECTORS["random_bits"]:
        assert keyed.bits(int(case["seed"]), *map(int, case["keys"])) == int(case["bits"])
    for case in VECTORS["hashes"]:
        assert xxh3.text(case["text"].encode()) == case["xxh3"]
    assert len(VECTORS["random_bits"]) == 6 and len(VECTORS["hashes"]) == 11


def test_permutations_are_those_of_the_specification() -> None:
    for case in VECTORS["permutations"]:
        permutation = keyed.Permutation(case["count"], int(case["key"]))
        assert permutation(np.array(case["places"])).tolist() == case["values"], case["count"]
    assert len(VECTORS["permutations"]) == 15


def test_orders_of_epochs_are_those_of_the_specification() -> None:
    for case in VECTORS["orders"]:
        plan = {"order": case["order"]["name"], "seed": case["seed"], **case["order"]}
        served = order.epoch_order(plan, case["windows"], case["epoch"]).windows_at(np.arange(case["windows"]))
        assert served.tolist() == case["served"], case["order"]
    assert len(VECTORS["orders"]) == 24


def numbered(folder: Path, sequences: list[tuple[str, int]], rows: int = 1, columns: int = 1) -> Path:
    """A bank with a data set whose cells hold their place in the frame."""
    frame = np.arange(rows * columns, dtype=np.uint8).reshape(1, 1, rows, columns)
    field = MadeField("place", "uint8", rows=rows, columns=columns)
    made = [MadeSequence(id, "train", [list(range(n))], [np.repeat(frame, n, 0)]) for id, n in sequences]
    write(folder, MadeSet("sample", [field], made, cadence=1, lengths=(1, 1)))
    return folder


@pytest.mark.parametrize("backend", ["native", "numpy"])
@pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: "{windows}-{world}-{drop_last}".format(**case))
def test_ranks_take_their_slices_of_the_specification(case: dict, backend: str, tmp_path: Path) -> None:
    numbered(tmp_path, [("only", case["windows"])])
    plan = {key: case[key] for key in ("seed", "batch_size", "drop_last")} | {"input_frames": 1, "target_frames": 0}
    for rank in range(case["world"]):
        stream = stbank.open("sample", tmp_path, plan, rank=rank, world=case["world"], backend=backend)
        assert stream.steps == len(case["slots"])
        for step, slots in enumerate(case["slots"]):
            batch = stream.batch(case["epoch"], step)
            assert np.stack([batch.windows, batch.valid], 1).tolist() == slots[rank]


@pytest.mark.parametrize("backend", ["native", "numpy"])
@pytest.mark.parametrize("case", VECTORS["crops"], ids=lambda case: f"{case['sequence']}-{case['first_frame']}")
def test_random_crops_lie_where_the_specification_says(case: dict, backend: str, tmp_path: Path) -> None:
    rows, columns = (room + 1 for room in case["room"])
    numbered(tmp_path, [(case["sequence"], case["first_frame"] + 1)], rows, columns)
    stream = stbank.open(
        "sample", tmp_path, batch_size=1, seed=case["seed"], order="stored", input_frames=1, target_frames=0,
        crop={"rows": 1, "columns": 1, "at": "random"}, backend=backend,
    )  # fmt: skip
    cell = int(stream.batch(case["epoch"], case["first_frame"]).inputs.item())
    assert [cell // columns, cell % columns] == case["place"]


def test_numbers_are_written_as_ecmascript_does() -> None:
    cases = {
        0.0: "0", -0.0: "0", 1.0: "1", -1.5: "-1.5", 0.1: "0.1", 1e21: "1e+21", 1e20: "100000000000000000000",
        1e-6: "0.000001", 1e-7: "1e-7", 1.5e-9: "1.5e-9", 123456789.125: "123456789.125", 5e-324: "5e-324",
        1.7976931348623157e308: "1.7976931348623157e+308", -2.5e30: "-2.5e+30", 0.10000000149011612: "0.10000000149011612",
    }  # fmt: skip
    assert {value: canonical.numeral(value) for value in cases} == cases
    assert canonical.text({"b": [True, None], "a": "é\n\u0001"}) == '{"a":"é\\n\\u0001","b":[true,null]}'


def test_rank_and_world_come_from_the_launcher() -> None:
    for rank, world in shard.VARIABLES:
        assert shard.find(None, None, {rank: "1", world: "4", "OTHER": "x"}) == (1, 4)
        assert shard.find(0, 2, {rank: "1", world: "4"}) == (0, 2)
        for environment in ({rank: "1"}, {rank: "x", world: "2"}, {rank: "2", world: "2"}):
            with pytest.raises(stbank.StbankError):
                shard.find(None, None, environment)
    both = {"RANK": "1", "WORLD_SIZE": "3", "SLURM_PROCID": "0", "SLURM_NTASKS": "2"}
    assert shard.find(None, None, both) == (1, 3)
    assert shard.find(None, None, {}) == (0, 1)


def test_a_batch_that_the_ranks_do_not_divide_names_the_nearest_numbers() -> None:
    for size, world, near in ((16, 3, "2 or 4 processes"), (12, 5, "4 or 6 processes"), (4, 9, "4 processes")):
        with pytest.raises(stbank.StbankError, match=near):
            shard.share(size, world)

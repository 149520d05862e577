"""Streams of the Python package: cut and resumed anywhere, over ranks, workers and forks, and equal to what `stbank stream` writes."""

import io
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from cases import SAMPLE
from conftest import STBANK, Bank, raw_paths
from made_bank import random_set, write

import stbank
import stbank.torch

BACKENDS = ["native", "numpy"]
PLAN = {"batch_size": 4, "input_frames": 2, "target_frames": 1, "normalise": "standard", "cross_gaps": True}
EPOCHS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    write(folder, random_set("rain", 3))
    return folder


def content(batch: stbank.Batch) -> tuple[bytes, ...]:
    names = ("inputs", "targets", "valid", "windows", "sequences", "first_frames", "copies")
    return tuple(getattr(batch, name).tobytes() for name in names)


def whole(folder: Path, **options: object) -> list[tuple[bytes, ...]]:
    return [content(batch) for batch in stbank.open("rain", folder, PLAN, epochs=EPOCHS, **options)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stream_cut_anywhere_goes_on_with_the_same_bytes(folder: Path, backend: str) -> None:
    expected = whole(folder, backend=backend)
    assert len(expected) > 6
    for cut in range(1, len(expected)):
        stream = stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=backend)
        begun = [content(next(stream)) for _ in range(cut)]
        other = BACKENDS[cut % 2]
        rest = stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=other, state=stream.state_dict())
        assert begun + [content(batch) for batch in rest] == expected, cut


@pytest.mark.parametrize("backend", BACKENDS)
def test_ranks_together_are_the_single_order_also_where_their_number_changes(folder: Path, backend: str) -> None:
    def windows(world: int, state: dict | None, steps: int) -> tuple[list[list[int]], dict]:
        streams = [
            stbank.open("rain", folder, PLAN, rank=rank, world=world, state=state, epochs=EPOCHS, backend=backend)
            for rank in range(world)
        ]
        found = []
        for _ in range(steps):
            batches = [next(stream) for stream in streams]
            found.append([int(n) for batch in batches for n in batch.windows])
        return found, streams[0].state_dict()

    single = stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=backend)
    steps = single.steps * EPOCHS
    expected = [batch.windows.tolist() for batch in single]
    for worlds in ([2], [4], [1, 2, 4], [4, 1], [2, 4, 2]):
        found, state, share = [], None, steps // len(worlds)
        for turn, world in enumerate(worlds):
            count = share if turn + 1 < len(worlds) else steps - share * turn
            some, state = windows(world, state, count)
            found += some
        assert found == expected, worlds
    with pytest.raises(stbank.StbankError, match="rain@1.0.0.*take 2 or 4 processes"):
        stbank.open("rain", folder, PLAN, rank=0, world=3, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_states_of_other_data_or_plans_are_refused(folder: Path, backend: str) -> None:
    state = stbank.open("rain", folder, PLAN, backend=backend).state_dict()
    for change, text in (
        ({"plan": "0" * 16}, "another plan"), ({"dataset": "0" * 64}, "of data set #0000000"),
        ({"step": 1 << 20}, "not in an epoch"), ({"epoch": -1}, "not in an epoch"),
    ):  # fmt: skip
        with pytest.raises(stbank.StbankError, match=text):
            stbank.open("rain", folder, PLAN, backend=backend, state=state | change)
    with pytest.raises(stbank.StbankError, match="no state"):
        stbank.open("rain", folder, PLAN, backend=backend, state={"epoch": 0})


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches_that_are_kept_stay_as_they_were(folder: Path, backend: str) -> None:
    kept = list(stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=backend))
    assert [content(batch) for batch in kept] == whole(folder, backend=backend)
    tensors = [torch.from_numpy(b.inputs) for b in stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=backend)]
    assert [t.numpy().tobytes() for t in tensors] == [content(batch)[0] for batch in kept]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_forked_or_pickled_stream_reads_on(folder: Path, backend: str) -> None:
    expected = whole(folder, backend=backend)
    stream = stbank.open("rain", folder, PLAN, epochs=EPOCHS, backend=backend)
    next(stream)
    copy = pickle.loads(pickle.dumps(stream))
    assert [content(batch) for batch in copy] == expected[1:]
    read, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        is_same = [content(batch) for batch in stream] == expected[1:]
        os.write(write_end, b"y" if is_same else b"n")
        os._exit(0)
    os.close(write_end)
    answer = os.read(read, 1)
    os.close(read)
    os.waitpid(child, 0)
    assert answer == b"y"
    assert [content(batch) for batch in stream] == expected[1:]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_a_data_loader_serves_the_single_order_with_any_number_of_workers(
    folder: Path, backend: str, workers: int
) -> None:
    expected = whole(folder, backend=backend)
    data = stbank.torch.BatchDataset("rain", folder, PLAN, backend=backend)
    loader = stbank.torch.loader(data, num_workers=workers, persistent_workers=workers > 0)
    found = []
    for epoch in range(EPOCHS):
        data.set_epoch(epoch)
        for batch in loader:
            assert batch["epoch"] == epoch and batch["inputs"].dtype == torch.float32
            found.append(tuple(batch[name].numpy().tobytes() for name in (
                "inputs", "targets", "valid", "windows", "sequences", "first_frames", "copies")))
    assert found == expected
    assert len(data) * EPOCHS == len(expected)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_cut_anywhere_goes_on_with_the_same_bytes(folder: Path, workers: int) -> None:
    expected = whole(folder)
    for cut in range(0, len(expected), 3):
        data = stbank.torch.BatchDataset("rain", folder, PLAN, epochs=EPOCHS)
        for number, batch in enumerate(stbank.torch.loader(data, num_workers=workers)):
            if number == cut:
                break
        resumed = stbank.torch.BatchDataset("rain", folder, PLAN, epochs=EPOCHS)
        resumed.load_state_dict(data.state_after(batch))
        rest = [b["inputs"].numpy().tobytes() for b in stbank.torch.loader(resumed, num_workers=workers)]
        assert rest == [inputs for inputs, *_ in expected[cut + 1 :]], cut


@pytest.mark.parametrize("name", ["sevir", "taxibj"])
def test_python_gets_what_the_program_writes(name: str, bank: Bank) -> None:
    id = bank.ingest(SAMPLE[name].format, raw_paths("sample", SAMPLE[name]), f"cli-{name}", SAMPLE[name].settings)["id"]
    options = ["--batch", "4", "--normalise", "standard", "--seed", "5", "--epochs", "2", "--order", "blocks:3x2"]
    command = [str(STBANK), "stream", id, "--bank", str(bank.folder), *options, "--to", "-"]
    written = io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)
    plan = {"batch_size": 4, "normalise": "standard", "seed": 5, "order": "blocks", "block_windows": 3, "blocks_mixed": 2}
    for backend in BACKENDS:
        written.seek(0)
        for batch in stbank.open(id, bank.folder, plan, epochs=2, backend=backend):
            assert np.load(written).tobytes() == batch.inputs.tobytes()
            assert np.load(written).tobytes() == batch.targets.tobytes()
        assert written.read(1) == b""


def test_the_backend_in_use_is_said_and_none_is_taken_silently(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert stbank.open("rain", folder, PLAN, backend="numpy").backend == "numpy"
    assert stbank.open("rain", folder, PLAN).backend == "native"
    assert "native backend" in repr(stbank.open("rain", folder, PLAN))
    with pytest.raises(stbank.StbankError, match="auto, native or numpy"):
        stbank.open("rain", folder, PLAN, backend="cython")
    monkeypatch.setattr(stbank.native.Library, "_loaded", None)
    monkeypatch.setattr(stbank.native, "candidates", list)
    with pytest.warns(UserWarning, match="slower"):
        assert stbank.open("rain", folder, PLAN).backend == "numpy"
    with pytest.raises(stbank.StbankError, match="no libstbank.so"):
        stbank.open("rain", folder, PLAN, backend="native")
    broken = tmp_path / "libstbank.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(stbank.native, "candidates", lambda: [str(broken)])
    with pytest.raises(stbank.StbankError, match="cannot be loaded"):
        stbank.open("rain", folder, PLAN)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_payload_that_was_cut_or_replaced_is_an_error_with_its_name(folder: Path, backend: str, tmp_path: Path) -> None:
    write(tmp_path, random_set("rain", 3))
    stream = stbank.open("rain", tmp_path, PLAN, backend=backend, epochs=None)
    next(stream)
    files = list((tmp_path / "objects").glob("*/*.nc"))
    assert files
    for file in files:
        os.chmod(file, 0o644)
        os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(stbank.StbankError, match="rain@1.0.0") as error:
        for _ in range(50):
            next(stream)
    assert error.value.code == "damaged"

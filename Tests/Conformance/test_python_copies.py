"""Copies of windows through the Python package: what `stbank stream` writes, stored or made on the way."""

import io
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cases import SAMPLE
from conftest import STBANK, Bank, raw_paths

import stbank

N = 2
SOURCES = ["stored", "made"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, str, dict]:
    """A bank, a data set, and where its copies come from."""
    bank = Bank(tmp_path_factory.mktemp("copies") / "bank")
    id = bank.ingest(SAMPLE["sevir"].format, raw_paths("sample", SAMPLE["sevir"]), "storms", SAMPLE["sevir"].settings)["id"]
    size = ["--width", 16, "--depth", 1, "--heads", 2, "--patch", 12]
    bank.run("discover", id, "--upstream", "vit", *size, "--epochs", 1, "--stride", 20, "--as", "maps")
    bank.run("augment", id, "--importance", "maps", "--as", "copies", "--copies", N)
    return bank, id, {"stored": "copies", "made": {"importance": "maps", "copies": N}}


def opened(made: tuple[Bank, str, dict], source: str, copies: str, **options: object) -> stbank.Stream:
    bank, id, sources = made
    return stbank.open(id, bank.folder, batch_size=4, environments=sources[source], copies=copies, seed=3, **options)


@pytest.mark.parametrize("copies", ["parallel", "appended"])
@pytest.mark.parametrize("source", SOURCES)
def test_python_gets_the_copies_that_the_program_writes(
    made: tuple[Bank, str, dict], source: str, copies: str
) -> None:
    bank, id, sources = made
    environments = sources[source] if source == "stored" else json.dumps(sources[source])
    options = ["--batch", "4", "--seed", "3", "--environments", environments, "--copies", copies, "--to", "-", "--epochs", "2"]
    command = [str(STBANK), "stream", id, "--bank", str(bank.folder), *options]
    written = io.BytesIO(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)
    for batch in opened(made, source, copies, epochs=2):
        for own in (batch.inputs, batch.targets):
            read = np.load(written)
            assert read.shape == own.shape and read.tobytes() == own.tobytes()
    assert written.read(1) == b""


@pytest.mark.parametrize("source", SOURCES)
def test_copies_side_by_side_are_those_that_come_as_samples(made: tuple[Bank, str, dict], source: str) -> None:
    beside: dict[tuple[int, int], bytes] = {}
    stream = opened(made, source, "parallel", masks=True)
    assert stream.input_shape[0] == 1 + N
    for batch in stream:
        assert batch.inputs.shape == batch.input_mask.shape == (4, *stream.input_shape) and not batch.copies.any()
        for window, inputs in zip(batch.windows[batch.valid].tolist(), batch.inputs[batch.valid]):
            beside |= {(window, copy): inputs[copy].tobytes() for copy in range(1 + N)}
    appended: dict[tuple[int, int], bytes] = {}
    for batch in opened(made, source, "appended"):
        for slot in np.flatnonzero(batch.valid):
            key = int(batch.windows[slot]), int(batch.copies[slot])
            assert key not in appended
            appended[key] = batch.inputs[slot].tobytes()
    assert len(beside) == stream.windows * (1 + N)
    assert appended == beside
    original = {(window, 0) for window in range(stream.windows)}
    assert any(beside[key] != beside[key[0], 0] for key in set(beside) - original)


def test_a_stream_of_copies_cut_anywhere_goes_on_with_the_same_bytes_on_other_ranks(
    made: tuple[Bank, str, dict],
) -> None:
    expected = [batch.inputs.tobytes() for batch in opened(made, "made", "appended")]
    for cut in range(1, len(expected), 5):
        begun = opened(made, "made", "appended")
        for _ in range(cut):
            next(begun)
        ranks = [opened(made, "stored", "appended", rank=rank, world=2) for rank in range(2)]
        with pytest.raises(stbank.StbankError, match="another plan"):
            ranks[0].load_state_dict(begun.state_dict())
        ranks = [opened(made, "made", "appended", rank=rank, world=2, state=begun.state_dict()) for rank in range(2)]
        rest = [b"".join(batch.inputs.tobytes() for batch in batches) for batches in zip(*ranks)]
        assert rest == expected[cut:], cut


def test_forked_children_make_copies_too(made: tuple[Bank, str, dict]) -> None:
    stream = opened(made, "made", "parallel", threads=2)
    expected = stream.batch(0, 1).inputs.tobytes()
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"y" if stream.batch(0, 1).inputs.tobytes() == expected else b"n")
        os._exit(0)
    os.close(write)
    answer = os.read(read, 1)
    os.close(read)
    os.wait()
    assert answer == b"y"


def test_numpy_alone_says_that_it_makes_no_copies(made: tuple[Bank, str, dict]) -> None:
    with pytest.raises(stbank.StbankError, match="NumPy alone makes no copies; take backend='native'"):
        opened(made, "stored", "parallel", backend="numpy")

"""`stbank.torch`: states of a data set taken where a user takes them, and misuse that would serve a step twice."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from made_bank import random_set, write

import stbank
import stbank.torch

PLAN = {"batch_size": 4, "input_frames": 2, "target_frames": 1, "normalise": "standard", "cross_gaps": True}
EPOCHS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    write(folder, random_set("rain", 3))
    return folder


def made(folder: Path, **options: object) -> stbank.torch.BatchDataset:
    return stbank.torch.BatchDataset("rain", folder, PLAN, **options)


def content(batch: dict) -> tuple:
    arrays = [batch[name].numpy().tobytes() for name in ("inputs", "targets", "valid", "windows")]
    return batch["epoch"], batch["step"], *arrays


def whole(folder: Path) -> list[tuple]:
    return [content(batch) for batch in made(folder, epochs=EPOCHS)]


@pytest.mark.parametrize("backend", ["native", "numpy"])
def test_a_state_between_any_two_batches_goes_on_with_the_same_bytes(folder: Path, backend: str) -> None:
    expected = whole(folder)
    assert len(expected) > 6
    running = made(folder, epochs=EPOCHS, backend=backend)
    states = [running.state_dict()]
    for batch in running:
        assert running.state_dict() == running.state_after(batch)
        states.append(running.state_dict())
    for cut, state in enumerate(states):
        resumed = made(folder, epochs=EPOCHS, backend=backend)
        resumed.load_state_dict(pickle.loads(pickle.dumps(state)))
        assert [content(batch) for batch in resumed] == expected[cut:], cut


def as_worker(monkeypatch: pytest.MonkeyPatch, number: int, count: int, turn: int = 7) -> None:
    info = SimpleNamespace(id=number, num_workers=count, seed=turn + number)
    monkeypatch.setattr(stbank.torch, "get_worker_info", lambda: info)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_state_taken_inside_of_each_worker_goes_back_to_it(
    folder: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As loaders do that keep the states of their workers' data sets."""
    expected = whole(folder)
    for cut in range(len(expected) // workers):
        found: dict[int, list] = {}
        for number in range(workers):
            as_worker(monkeypatch, number, workers)
            begun = made(folder, epochs=EPOCHS)
            batches = iter(begun)
            found[number] = [content(next(batches)) for _ in range(cut)]
            resumed = made(folder, epochs=EPOCHS)
            resumed.load_state_dict(begun.state_dict())
            found[number] += [content(batch) for batch in resumed]
        for number in range(workers):
            assert found[number] == expected[number::workers], (cut, number)


def test_a_worker_refuses_the_state_of_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_worker(monkeypatch, 1, 2)
    begun = made(folder)
    next(iter(begun))
    state = begun.state_dict()
    as_worker(monkeypatch, 1, 3)
    resumed = made(folder)
    resumed.load_state_dict(state)
    with pytest.raises(stbank.StbankError, match="worker 1 of 2, this is 1 of 3.*as many workers as before"):
        next(iter(resumed))


def test_a_state_that_workers_ran_past_is_not_given_out(folder: Path) -> None:
    data = made(folder)
    batches = iter(stbank.torch.loader(data, num_workers=2))
    batch = next(batches)
    with pytest.raises(stbank.StbankError, match="state_after"):
        data.state_dict()
    resumed = made(folder)
    resumed.load_state_dict(data.state_after(batch))
    assert next(iter(resumed))["windows"].tolist() == next(batches)["windows"].tolist()


@pytest.mark.parametrize("is_persistent", [False, True])
def test_workers_do_not_serve_an_epoch_twice_unasked(folder: Path, is_persistent: bool) -> None:
    loader = stbank.torch.loader(made(folder), num_workers=2, persistent_workers=is_persistent)
    assert len(list(loader)) == len(loader)
    # PyTorch makes a RuntimeError of what a worker raised.
    with pytest.raises(RuntimeError, match="epoch 0 was served already.*set_epoch"):
        list(loader)


def test_workers_that_were_spawned_serve_the_single_order(folder: Path) -> None:
    data = made(folder, epochs=EPOCHS)
    loader = stbank.torch.loader(data, num_workers=2, multiprocessing_context="spawn")
    assert [content(batch) for batch in loader] == whole(folder)


def test_ranks_with_workers_are_together_the_single_order(folder: Path) -> None:
    ranks = [
        [batch["windows"] for batch in stbank.torch.loader(made(folder, epochs=EPOCHS, rank=rank, world=2), num_workers=2)]
        for rank in range(2)
    ]
    together = [torch.cat(parts) for parts in zip(*ranks)]
    assert [windows.numpy().tobytes() for windows in together] == [batch[-1] for batch in whole(folder)]


def test_masks_come_where_they_were_asked_for(folder: Path) -> None:
    assert "input_mask" not in next(iter(made(folder)))
    batch = next(iter(made(folder, masks=True, normalise="none", keep_missing=True)))
    for part in ("input", "target"):
        assert batch[f"{part}_mask"].dtype == torch.bool
        assert torch.equal(batch[f"{part}_mask"], ~batch[f"{part}s"].isnan())

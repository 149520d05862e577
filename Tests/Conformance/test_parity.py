"""`stbank parity` against PyTorch: files it has never seen, weights going both ways, and checkpoints that want to run code."""

import json
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from conftest import STBANK

sys.path.insert(0, str(Path(__file__).parent / "golden_twins"))
import twin_cases  # noqa: E402
import swin_twin  # noqa: E402

pytestmark = pytest.mark.skipif(
    not STBANK.with_name("stbank-learn").exists(), reason="NOT RUN: stbank-learn is not built (no libtorch)")


def parity(*words):
    command = [str(STBANK), "parity", "--json", "--threads", "1", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    path = tmp_path_factory.mktemp("golden") / "swin.h5"
    twin_cases.make("swin__three", path)
    return path


def state_of(golden):
    with h5py.File(golden) as file:
        found = {}
        file["state"].visititems(
            lambda name, item: found.update({name: torch.from_numpy(item[()])}) if isinstance(item, h5py.Dataset) else None)
        return found


@pytest.mark.parametrize("case", twin_cases.CASES)
def test_unseen_sizes_depths_and_frames_agree(case, tmp_path):
    twin_cases.make(case, tmp_path / "golden.h5")
    done, lines = parity(tmp_path / "golden.h5")
    assert done.returncode == 0, [line for line in lines if not line["passed"]]
    assert {"state", "output", "loss", "grad_input", "grad", "adam", "adam_loss"} <= {line["group"] for line in lines}


@pytest.mark.parametrize("group", ["output", "grad/fuse.0.bias", "adam/fuse.0.bias", "grad_input"])
def test_one_changed_number_is_found(golden, group, tmp_path):
    copy = tmp_path / "changed.h5"
    copy.write_bytes(golden.read_bytes())
    with h5py.File(copy, "r+") as file:
        values = file[group][()]
        values.flat[-1] += 3e-4
        file[group][...] = values
    done, lines = parity(copy)
    assert done.returncode == 1
    assert [line["group"] for line in lines if not line["passed"]] == [group.split("/")[0]]


def test_an_unknown_network_fails_and_is_not_skipped(golden, tmp_path):
    copy = tmp_path / "unknown.h5"
    copy.write_bytes(golden.read_bytes())
    with h5py.File(copy, "r+") as file:
        file.attrs["model"] = np.bytes_(b"perceiver")
    done, lines = parity(copy)
    assert done.returncode == 1 and lines and not any(line["passed"] for line in lines)


@pytest.mark.parametrize("case", [
    "vit__wide", "swin__three", "simvp__fewer", "convlstm__norm", "predrnnv2__norm", "e3dlstm__stride", "rainformer__tuples",
    "earthformer__level"])
def test_weights_written_here_load_strictly_in_pytorch(case, tmp_path):
    golden, path = tmp_path / "golden.h5", tmp_path / "weights.safetensors"
    twin_cases.make(case, golden)
    done, _ = parity(golden, "--only", "state", "--save-weights", path)
    assert done.returncode == 0, done.stderr
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    kinds = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in header.items():
        start, end = (8 + size + place for place in entry["data_offsets"])
        state[name] = torch.from_numpy(np.frombuffer(data[start:end], kinds[entry["dtype"]]).reshape(entry["shape"]).copy())
    module = twin_cases.build(case)[0]
    module.load_state_dict(state, strict=True)
    with h5py.File(golden) as file:
        found = module.eval()(torch.from_numpy(file["input"][()]))
        assert np.abs(found.detach().numpy() - file["output"][()]).max() < 1e-5


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"model": s, "epoch": 3, "lr": 0.1}, lambda s: {"state_dict": s}])
def test_checkpoints_of_torch_save_are_read(golden, wrap, tmp_path):
    state = state_of(golden)
    # A view that is not contiguous, and parameters instead of tensors.
    state["head.weight"] = state["head.weight"].permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    state["head.bias"] = torch.nn.Parameter(state["head.bias"])
    torch.save(wrap(state), tmp_path / "weights.pth")
    done, lines = parity(golden, "--weights", tmp_path / "weights.pth", "--only", "output")
    assert done.returncode == 0, (lines, done.stderr)


def test_a_module_saved_by_torch_is_read_with_its_ordered_dictionary(golden, tmp_path):
    module = swin_twin.Swin(twin_cases.CASES["swin__three"][1])
    module.load_state_dict(state_of(golden))
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    done, lines = parity(golden, "--weights", tmp_path / "weights.pth", "--only", "output")
    assert done.returncode == 0, (lines, done.stderr)


class Evil:
    def __reduce__(self):
        return (exec, ("open('/tmp/stbank-evil', 'w')",))


def test_a_pickle_that_wants_to_run_code_is_refused_by_name(golden, tmp_path):
    path = tmp_path / "evil.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model": Evil()}, protocol=2))
    done, lines = parity(golden, "--weights", path, "--only", "output")
    assert done.returncode == 1 and "builtin" in lines[0]["detail"] and "no code is run" in lines[0]["detail"]
    assert not Path("/tmp/stbank-evil").exists()


def test_truncated_and_damaged_checkpoints_give_errors_never_crashes(golden, tmp_path):
    torch.save(state_of(golden), tmp_path / "whole.pth")
    whole = (tmp_path / "whole.pth").read_bytes()
    rng = np.random.default_rng(5)
    path = tmp_path / "damaged.pth"
    start = whole.index(b"data.pkl") + 8
    for turn in range(60):
        data = bytearray(whole)
        if turn < 20:
            data = data[: int(rng.integers(0, len(data)))]
        else:
            # In the pickle itself, or anywhere.
            high = start + 2000 if turn < 45 else len(data)
            for place in rng.integers(start, high, size=3):
                data[place] = int(rng.integers(0, 256))
        path.write_bytes(data)
        done, lines = parity(golden, "--weights", path, "--only", "output")
        assert done.returncode in (0, 1), (turn, done.returncode, done.stderr)
        assert lines, (turn, done.stderr)


@pytest.mark.parametrize(
    "header", [b"{}", b"[]", b"{", b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}',
               b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}',
               b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'])
def test_hostile_safetensors_give_errors(golden, header, tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    done, lines = parity(golden, "--weights", path, "--only", "output")
    assert done.returncode == 1 and lines[0]["detail"], done.stderr

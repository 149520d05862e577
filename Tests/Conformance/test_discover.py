"""`stbank discover`: importance as PyTorch computes it from the kept weights, resumed trainings, and what is refused."""

import json
import pickle
import random
import signal
import struct
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from campaign import DAMAGED, DONE, KILLED, USAGE, answer, assert_refused, assert_staging_is_empty, assert_verifies, attempt, command
from conftest import STBANK, Bank
from stbank.keyed import bits, mix64, unit
from stbank.xxh3 import xxh3

sys.path.insert(0, str(Path(__file__).parent / "golden_twins"))
from swin_twin import Swin  # noqa: E402
from vit_twin import ViT  # noqa: E402

# Other tests share the processors.
torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(
    not STBANK.with_name("stbank-learn").exists(), reason="NOT RUN: stbank-learn is not built (no libtorch)")

# Sides that patches of 4 do not divide: 5x6 patches, the last ones half full.
SEQUENCES, FRAMES, ROWS, COLUMNS, SIDE = 10, 8, 18, 22, 4
T, K = 3, 2
WINDOWS = ("--input", str(T), "--target", str(K), "--batch", "4", "--threads", "1")
VIT = ("--upstream", "vit", "--width", "16", "--depth", "2", "--heads", "2")
SWIN = ("--upstream", "swin", "--width", "8", "--depth", "2,1", "--heads", "2,2")
QUICK = ("--epochs", "2", "--rate", "0.01", *WINDOWS)


def frames() -> np.ndarray:
    """Blobs that wander, each sequence with its own, over noise: (N, T, H, W)."""
    draw = np.random.default_rng(4)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    place, speed = draw.uniform(3, 15, (SEQUENCES, 2)), draw.uniform(-1, 1, (SEQUENCES, 2))
    values = 0.2 * draw.standard_normal((SEQUENCES, FRAMES, ROWS, COLUMNS))
    for n in range(SEQUENCES):
        for t in range(FRAMES):
            r, c = place[n] + t * speed[n]
            values[n, t] += 3 * np.exp(-((y - r) ** 2 + (x - c) ** 2) / 8)
    return values.astype(np.float32)


def prepare(bank: Bank, folder: Path) -> Bank:
    np.save(folder / "blobs.npy", frames())
    bank.ingest("array", [folder / "blobs.npy"], "blobs", {"axes": "NTHW"}, "--split", "group:80/10/10")
    return bank


@pytest.fixture(scope="module")
def made(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("made")
    return prepare(Bank(folder / "bank"), folder)


def discover(bank: Bank, name: str, *words: object, fault: str | None = None) -> subprocess.CompletedProcess[str]:
    return attempt(bank, "discover", "blobs", "--as", name, *words, "--json", fault=fault)


# MARK: The same importance from the kept weights


@dataclass
class Found:
    """An importance data set as its files say."""

    settings: dict[str, str]
    seed: int
    network: dict
    state: dict[str, torch.Tensor]
    importance: np.ndarray
    mask: np.ndarray
    # For each map the sequence, its split, and the (first) frame.
    places: list[tuple[str, str, int]]


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    kinds = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            start, end = (8 + size + place for place in entry["data_offsets"])
            values = np.frombuffer(data[start:end], kinds[entry["dtype"]])
            state[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return state


def weights_of(bank: Bank, id: str) -> Path:
    (kept,) = json.loads(bank.manifest(id, "record").read_text())["attachments"]
    return bank.folder / "objects" / kept["sha256"] / kept["name"]


def found(bank: Bank, name: str, folder: Path) -> Found:
    id = f"{name}@1.0.0"
    (step,) = json.loads(bank.manifest(id, "identity").read_text())["recipe"]
    maps = bank.frames(id, folder)
    places = []
    for sequence, split, length in zip(maps["sequence_id"], maps["split"], maps["sequence_length"]):
        places += [(str(sequence), str(split), int(time)) for time in maps["frame"][len(places):len(places) + length]]
    return Found(
        step["settings"], int(step["seed"]), json.loads(step["settings"]["network"]),
        read_safetensors(weights_of(bank, id)), maps["importance"], maps["mask"], places)


@pytest.fixture(scope="module")
def values(made: Bank, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """Each sequence's frames, standardised by the training frames: (T, 1, H, W)."""
    arrays = made.frames("blobs@1.0.0", tmp_path_factory.mktemp("values"))
    stored = arrays["frames"].astype(np.float64)
    training = np.repeat(arrays["split"] == "train", arrays["sequence_length"])
    scaled = (stored - stored[training].mean()) / stored[training].std()
    parts = np.split(scaled, arrays["sequence_start"][1:])
    return {str(id): torch.from_numpy(part) for id, part in zip(arrays["sequence_id"], parts)}


def extended(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The last row and column repeated: (…, H, W)."""
    rows, columns = (torch.arange(n).clamp(max=m - 1) for n, m in zip((height, width), x.shape[-2:]))
    return x[..., rows, :][..., columns]


def network_of(found: Found):
    """The twin in float64, and from (B, T, 1, H, W) to its output on the frame as it is."""
    config = {"mlp_ratio": 4.0, **found.network}
    layout = config.get("layout", "stacked")
    if layout == "frame":
        config.update(in_frames=1, out_frames=1)
    module = (JointViT if layout == "joint" else ViT if "depth" in config else Swin)(config)
    # Only training hides tokens.
    module.load_state_dict({name: value for name, value in found.state.items() if name != "mask_token"})
    module.double().eval()
    size = config["img_size"]
    height, width = (size, size) if isinstance(size, int) else size
    return module, lambda x: module(extended(x, height, width))[..., :ROWS, :COLUMNS]


class JointViT(ViT):
    """One sequence of tokens for all frames."""

    def __init__(self, config):
        super().__init__({**config, "in_frames": 1})
        t, (rows, columns), d = config["in_frames"], self.grid, config["embed_dim"]
        self.frames = t
        self.pos_embed = torch.nn.Parameter(torch.zeros(1, t * rows * columns, d))
        out = config["out_frames"] * config["channels"]
        self.pre_logits["conv1"] = torch.nn.ConvTranspose2d(t * d, 16 * out, 2, 2)

    def forward(self, x):
        b, t, c, h, w = x.shape
        parts = [self.patch_embed["proj"](x[:, i]).flatten(2).mT for i in range(t)]
        tokens = torch.cat(parts, 1) + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens)
        tokens = self.norm(tokens)
        picture = torch.cat([part.mT.reshape(b, -1, *self.grid) for part in tokens.chunk(t, 1)], 1)
        picture = self.head(torch.tanh(self.pre_logits["conv2"](torch.tanh(self.pre_logits["conv1"](picture)))))
        return picture.view(b, self.config["out_frames"], c, h, w)


def vit_scores(module: ViT, aggregate: str) -> torch.Tensor:
    """Of the last call: (B, L or T·L)."""
    maps = [block.attn.seen[-1] for block in module.blocks]
    if aggregate == "rollout":
        product = torch.eye(maps[0].shape[-1], dtype=torch.float64)
        for map in maps:
            product = (0.5 * map.mean(1) + 0.5 * torch.eye(map.shape[-1], dtype=torch.float64)) @ product
        return product.sum(-2)
    sums = torch.stack([map.sum(-2).mean(1) for map in maps])
    return sums.mean(0) if aggregate == "mean" else sums[-1 if aggregate == "last" else int(aggregate[6:])]


def swin_scores(module: Swin, aggregate: str, stages: str) -> torch.Tensor:
    """Of the last call: (B, rows, columns) of tokens."""
    grids = []
    for number, stage in enumerate(module.layers):
        for block in stage.blocks:
            scores = block.token_scores()
            for axis in (1, 2):
                scores = scores.repeat_interleave(2**number, axis)
            grids.append((number, scores))
    if aggregate.startswith("index") or aggregate == "last":
        chosen = grids[-1 if aggregate == "last" else int(aggregate[6:])][1]
        return chosen / chosen.sum((1, 2), keepdim=True)
    maps = []
    for number in range(1 if stages == "first" else len(module.layers)):
        own = torch.stack([scores for place, scores in grids if place == number]).mean(0)
        maps.append(own / own.sum((1, 2), keepdim=True))
    return torch.stack(maps).mean(0)


def attention_scores(found: Found, inputs: torch.Tensor) -> np.ndarray:
    """(B, F, rows, columns) of patches."""
    module, call = network_of(found)
    with torch.no_grad():
        call(inputs)
    size = found.network["img_size"]
    height, width = (size, size) if isinstance(size, int) else size
    token = found.network["patch_size"]
    if isinstance(module, Swin):
        tokens = swin_scores(module, found.settings["aggregate"], found.settings["stages"])[:, None]
    else:
        tokens = vit_scores(module, found.settings["aggregate"])
    tokens = tokens.reshape(len(inputs), -1, height // token, width // token)
    step = SIDE // token
    pooled = tokens.unflatten(3, (-1, step)).sum(-1).unflatten(2, (-1, step)).sum(3)
    rows, columns = -(-ROWS // SIDE), -(-COLUMNS // SIDE)
    return pooled[..., :rows, :columns].numpy()


def gradient_scores(found: Found, inputs: torch.Tensor, samples: list[int]) -> np.ndarray:
    """METHOD 12.3, window by window."""
    _, call = network_of(found)
    rows, columns = -(-ROWS // SIDE), -(-COLUMNS // SIDE)
    result = []
    for window, sample in zip(inputs, samples):
        x = window[None].clone().requires_grad_()
        output = call(x)
        moved = torch.zeros_like(window)
        for probe in range(4):
            signs = [
                -1.0 if unit(bits(found.seed, 5, sample, probe, frame, element, 0)) < 0.5 else 1.0
                for frame in range(output.shape[1]) for element in range(output[0, 0].numel())]
            weight = torch.tensor(signs, dtype=torch.float64).reshape(output.shape)
            (gradient,) = torch.autograd.grad(output, x, weight, retain_graph=True)
            moved += gradient[0] ** 2 / 4
        scores = np.zeros((1, rows, columns))
        for r in range(rows):
            for c in range(columns):
                own = (..., slice(SIDE * r, SIDE * (r + 1)), slice(SIDE * c, SIDE * (c + 1)))
                scores[0, r, c] = moved[own].sum() * window[own].var(unbiased=False)
        result.append(scores)
    return np.stack(result)


def scaled(scores: np.ndarray, how: str) -> np.ndarray:
    """METHOD 2.6, over the patches of one frame."""
    flat = scores.reshape(*scores.shape[:2], -1)
    low, high = flat.min(-1, keepdims=True), flat.max(-1, keepdims=True)
    flat = {"sum": flat / flat.sum(-1, keepdims=True), "minmax": (flat - low) / (high - low), "none": flat}[how]
    return flat.reshape(scores.shape)


def environment(row: np.ndarray, settings: dict[str, str]) -> set[int]:
    """METHOD 2.7; ties go to the lower index."""
    count = int(settings["count"]) if "count" in settings else int(float(settings["ratio"]) * row.size + 0.5)
    return set(np.argsort(row, kind="stable")[:max(1, min(row.size - 1, count))].tolist())


def sample_key(sequence: str, frame: int) -> int:
    return mix64(xxh3(sequence.encode()) ^ frame)


# What is asked for, and how many maps each training sequence then has.
CASES = {
    "vit": (VIT, 8),
    "vit-last-minmax": ((*VIT, "--aggregate", "last", "--normalise", "minmax", "--mask-ratio", "0.5", "--count", "7"), 8),
    "vit-index-none": ((*VIT, "--aggregate", "index:0", "--normalise", "none", "--ratio", "0.6", "--all-splits"), 8),
    "vit-rollout-stacked": ((*VIT, "--layout", "stacked", "--aggregate", "rollout", "--dropout", "0.1"), 4),
    "vit-joint": ((*VIT, "--layout", "joint", "--schedule", "one-cycle", "--all-splits"), 4),
    "vit-joint-rollout": ((*VIT, "--layout", "joint", "--aggregate", "rollout", "--accumulate", "3"), 4),
    "vit-predict": ((*VIT, "--task", "predict", "--normalise", "none", "--schedule", "cosine:1", "--clip", "1"), 4),
    "vit-predict-joint": ((*VIT, "--task", "predict", "--layout", "joint", "--score", "gradient_variance"), 4),
    "vit-gradients": ((*VIT, "--score", "gradient_variance", "--layout", "stacked", "--seed", "18446744073709551615"), 4),
    "swin": ((*SWIN, "--mask-ratio", "0.25", "--bfloat16"), 8),
    "swin-first": ((*SWIN, "--stages", "first", "--normalise", "minmax", "--ratio", "0.5", "--all-splits"), 8),
    "swin-stacked": ((*SWIN, "--layout", "stacked", "--aggregate", "index:1"), 4),
    "swin-predict": ((*SWIN, "--task", "predict", "--aggregate", "last"), 4),
    "swin-gradients": ((*SWIN, "--task", "predict", "--score", "gradient_variance", "--count", "10"), 4),
}


@pytest.mark.parametrize("case", CASES)
def test_importance_is_what_pytorch_makes_of_the_kept_weights(
    case: str, made: Bank, values: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    words, each = CASES[case]
    said = answer(discover(made, case, *words, *QUICK))
    got = found(made, case, tmp_path)
    if "--seed" in words:
        assert got.seed == int(words[words.index("--seed") + 1])
    length = 1 if got.settings["layout"] == "frame" else T
    expected = SEQUENCES * each if "--all-splits" in words else 8 * each
    assert len(got.places) == expected and said["figures"]["maps"] == expected * got.importance.shape[1]
    assert {split for _, split, _ in got.places} == ({"train", "validation", "test"} if "--all-splits" in words else {"train"})
    some = range(0, len(got.places), 7) if got.settings["score"] == "attention" else range(0, len(got.places), 11)
    places = [got.places[number] for number in some]
    inputs = torch.stack([values[id][frame:frame + length] for id, _, frame in places])
    if got.settings["score"] == "attention":
        scores = attention_scores(got, inputs)
    else:
        scores = gradient_scores(got, inputs, [sample_key(id, frame) for id, _, frame in places])
    importance = scaled(scores, got.settings["normalise"])
    assert got.importance[list(some)].shape == importance.shape
    np.testing.assert_allclose(got.importance[list(some)], importance, rtol=2e-4, atol=2e-6)
    for map, mask in zip(got.importance, got.mask):
        for row, causal in zip(map, mask):
            assert environment(row.ravel(), got.settings) == set(np.flatnonzero(causal.ravel() == 0).tolist())


def test_the_loss_falls_and_the_figures_stand_with_the_data_set(made: Bank) -> None:
    words = (*VIT, "--epochs", "25", "--rate", "0.01", *WINDOWS, "--second-seed", "18446744073709551615")
    figures = answer(discover(made, "figures", *words))["figures"]
    learning = json.loads(made.manifest("figures@1.0.0", "record").read_text())["learning"]
    assert learning["figures"] == figures
    assert int(learning["second_seed"]) == 18446744073709551615
    assert [epoch["number"] for epoch in learning["epochs"]] == list(range(1, len(learning["epochs"]) + 1))
    assert figures["loss_training"] < 0.5 * figures["loss_mean_frame_training"]
    assert figures["loss_training"] < learning["epochs"][0]["training"]
    for name in ("patch_variance", "patch_mean"):
        assert -1 <= figures[f"rank_correlation_{name}"] <= 1
    assert -1 <= figures["seeds_rank_correlation"] <= 1 and 0 <= figures["seeds_environment_overlap"] <= 1


def ranks(row: np.ndarray) -> np.ndarray:
    """From 1; equal values share the mean of theirs."""
    return np.array([(row < value).sum() + ((row == value).sum() + 1) / 2 for value in row])


def test_figures_are_numpys_of_the_stored_maps(made: Bank, values: dict[str, torch.Tensor], tmp_path: Path) -> None:
    said = answer(discover(made, "ranks", *VIT, *QUICK))["figures"]
    got = found(made, "ranks", tmp_path)
    found_ranks = []
    for (id, _, frame), map in zip(got.places, got.importance):
        picture = values[id][frame, 0].numpy()
        patches = [
            picture[r:r + SIDE, c:c + SIDE] for r in range(0, ROWS, SIDE) for c in range(0, COLUMNS, SIDE)]
        found_ranks.append([
            np.corrcoef(ranks(map.ravel()), ranks(np.array([figure(patch) for patch in patches])))[0, 1]
            for figure in (np.var, np.mean)])
    variance, mean = np.mean(found_ranks, 0)
    assert abs(variance - said["rank_correlation_patch_variance"]) < 2e-3
    assert abs(mean - said["rank_correlation_patch_mean"]) < 2e-3


def test_the_mean_frames_loss_is_numpys(made: Bank, values: dict[str, torch.Tensor], tmp_path: Path) -> None:
    said = answer(discover(made, "means", *VIT, *QUICK))["figures"]
    arrays = made.frames("blobs@1.0.0", tmp_path)
    parts = {split: torch.cat([values[str(id)] for id, own in zip(arrays["sequence_id"], arrays["split"]) if own == split])
             for split in ("train", "validation")}
    mean = parts["train"].mean(0)
    for split, name in (("train", "training"), ("validation", "validation")):
        assert abs(float(((parts[split] - mean) ** 2).mean()) / said[f"loss_mean_frame_{name}"] - 1) < 1e-5


def test_pictures_of_frames_with_mask_and_heat_are_drawn(made: Bank, tmp_path: Path) -> None:
    answer(discover(made, "drawn", *VIT, *QUICK))
    for kind, start in (("png", b"\x89PNG"), ("gif", b"GIF8")):
        path = tmp_path / f"maps.{kind}"
        assert attempt(made, "preview", "drawn", "-o", path).returncode == DONE
        assert path.read_bytes().startswith(start)


def resident(process: int) -> int:
    """Bytes; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0


@pytest.mark.parametrize("upstream", ["vit", "swin"])
def test_a_thousand_steps_from_the_stream_take_no_more_memory_than_the_first(upstream: str, made: Bank) -> None:
    size = VIT if upstream == "vit" else SWIN
    words = (*size, "--layout", "stacked", *WINDOWS, "--batch", "2", "--epochs", "65", "--patience", "0", "--mask-ratio", "0.2")
    process = started(made, *words, name=f"long-{upstream}")
    seen = []
    while process.poll() is None:
        seen.append(resident(process.pid))
        time.sleep(0.02)
    out, err = process.communicate()
    assert process.returncode == DONE, err
    run = json.loads(out.splitlines()[-1])["run"]
    assert json.loads((made.folder / "runs" / run / "run.json").read_text().splitlines()[0])["steps"] == 65 * 16 > 1000
    trained = [size for size in seen if size][len(seen) // 4:]
    assert len(trained) > 20
    growth = max(trained[-len(trained) // 4:]) - max(trained[:len(trained) // 4])
    assert growth < 8 << 20, f"grew by {growth} bytes"


# MARK: Weights in place of a training


def arrays_of(bank: Bank, name: str, folder: Path) -> tuple[bytes, bytes]:
    arrays = bank.frames(f"{name}@1.0.0", folder)
    return arrays["importance"].tobytes(), arrays["mask"].tobytes()


def test_a_trained_upstream_is_taken_again_from_run_safetensors_and_pth(made: Bank, tmp_path: Path) -> None:
    first = answer(discover(made, "trained", *VIT, *QUICK, "--seed", "5"))
    weights = weights_of(made, "trained@1.0.0")
    torch.save({"state_dict": read_safetensors(weights)}, tmp_path / "weights.pth")
    expected = arrays_of(made, "trained", tmp_path)
    for number, source in enumerate((first["run"], weights, tmp_path / "weights.pth")):
        # Neither seed nor rate nor epochs count any more.
        words = (*VIT, *WINDOWS, "--seed", "9", "--checkpoint", source)
        said = answer(discover(made, f"taken-{number}", *words))
        assert arrays_of(made, f"taken-{number}", tmp_path) == expected
        assert said["figures"]["loss_training"] == first["figures"]["loss_training"]
        kept = json.loads(made.manifest(f"taken-{number}@1.0.0", "record").read_text())["attachments"][0]["sha256"]
        assert number == 2 or kept == weights.parent.name
    assert answer(discover(made, "trained", *VIT, *QUICK, "--seed", "5"))["known"]


class Evil:
    def __reduce__(self):
        return (exec, ("open('/tmp/stbank-evil-discover', 'w')",))


@pytest.fixture(scope="module")
def weights(made: Bank) -> Path:
    answer(discover(made, "whole", *VIT, *QUICK))
    return weights_of(made, "whole@1.0.0")


def test_a_truncated_checkpoint_is_refused(made: Bank, weights: Path, tmp_path: Path) -> None:
    torch.save(read_safetensors(weights), tmp_path / "whole.pth")
    for whole in (weights, tmp_path / "whole.pth"):
        data = whole.read_bytes()
        for part in (0, 5, len(data) // 2, len(data) - 1):
            path = tmp_path / f"part{whole.suffix}"
            path.write_bytes(data[:part])
            assert_refused(discover(made, "never", *VIT, *QUICK, "--checkpoint", path), path.name)


def test_a_pickle_that_wants_to_run_code_is_refused(made: Bank, tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model": Evil()}, protocol=2))
    assert_refused(discover(made, "never", *VIT, *QUICK, "--checkpoint", path), "evil.pth", "no code is run")
    assert not Path("/tmp/stbank-evil-discover").exists()


def test_weights_of_another_shape_are_refused_by_name_with_both_shapes(made: Bank, weights: Path) -> None:
    wide = (*VIT, "--width", "32", *WINDOWS)
    assert_refused(discover(made, "never", *wide, "--checkpoint", weights), "pos_embed", "16", "32", str(weights))
    deep = (*VIT, "--depth", "3", *WINDOWS)
    assert_refused(discover(made, "never", *deep, "--checkpoint", weights), "missing: blocks.2.norm1.weight")
    assert_refused(discover(made, "never", *SWIN, *WINDOWS, "--checkpoint", weights), "missing", "unexpected")


REFUSED = {
    "cuda": (("--device", "cuda"), "CUDA"),
    "device": (("--device", "tpu"), "no device"),
    "checkpoint": (("--checkpoint", "nowhere"), "neither a file nor a run"),
    "index": (("--aggregate", "index:2"), "2 blocks"),
    "aggregate": (("--aggregate", "median"), "mean, last, rollout or index:K"),
    "predict": (("--task", "predict", "--layout", "frame"), "time has to mix"),
    "target": (("--task", "predict", "--target", "0"), "no target frames"),
    "crop": (("--crop", "8x8@random"), "crop"),
    "patch": (("--patch", "6"), "multiple of 4"),
    "heads": (("--heads", "3"), "heads"),
    "both": (("--ratio", "0.5", "--count", "3"), "exclude"),
    "ratio": (("--ratio", "1"), "--ratio"),
    "count": (("--count", "0"), "--count"),
    "mask": (("--mask-ratio", "1"), "--mask-ratio"),
    "seed": (("--second-seed", "0"), "--second-seed"),
    "layout": (("--layout", "flat"), "--layout"),
    "schedule": (("--schedule", "square"), "--schedule"),
    "task": (("--task", "guess"), "guess"),
    "field": (("--field", "rain"), "rain"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_with_a_reason(case: str, made: Bank) -> None:
    if case == "cuda" and torch.cuda.is_available():
        pytest.skip("NOT RUN: there is a CUDA device")
    words, named = REFUSED[case]
    done = discover(made, "never", *VIT, *QUICK, *words)
    assert done.returncode == USAGE and named in done.stderr, (done.returncode, done.stderr)
    assert not (made.folder / "refs" / "never").exists()


def test_a_swin_has_no_rollout_and_no_joint_layout(made: Bank) -> None:
    for words, named in ((("--aggregate", "rollout"), "rollout"), (("--layout", "joint"), "joint")):
        done = discover(made, "never", *SWIN, *QUICK, *words)
        assert done.returncode == USAGE and named in done.stderr, done.stderr


def test_a_data_set_without_training_data_is_refused_with_a_rule(new_bank: Bank, tmp_path: Path) -> None:
    np.save(tmp_path / "blobs.npy", frames())
    words = ("array", [tmp_path / "blobs.npy"], "blobs", {"axes": "NTHW"}, "--split", "group:0/50/50")
    new_bank.ingest(*words)
    done = discover(new_bank, "never", *VIT, *QUICK)
    assert done.returncode == USAGE and "--split" in done.stderr, done.stderr


def test_numbers_that_run_away_end_with_a_remedy(made: Bank) -> None:
    done = discover(made, "never", *VIT, *WINDOWS, "--values", "affine:1e30,0", "--epochs", "3")
    assert done.returncode == 1 and "--rate" in done.stderr, (done.returncode, done.stderr)


# MARK: Interrupted, killed, and gone on


# Dropout, hidden tokens, the schedule's place and the best epoch all have to be gone on with.
LONG = (*VIT, *WINDOWS, "--epochs", "40", "--rate", "0.01", "--dropout", "0.2", "--mask-ratio", "0.3", "--schedule", "one-cycle",
        "--accumulate", "2", "--patience", "0")


@pytest.fixture(scope="module")
def unbroken(made: Bank) -> tuple[dict, float]:
    """What the training gives that nobody stops, and its seconds."""
    begin = time.monotonic()
    said = answer(discover(made, "unbroken", *LONG))
    return said, time.monotonic() - begin


def started(bank: Bank, *words: object, name: str = "unbroken") -> subprocess.Popen:
    return subprocess.Popen(
        command(bank, "discover", "blobs", "--as", name, *words, "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_training(bank: Bank, process: subprocess.Popen) -> bool:
    """Waits until it is at its run."""
    while process.poll() is None:
        if list((bank.folder / "runs").glob("*/run.json")):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_training_stopped_at_random_steps_ends_as_the_unbroken_one(
    which: signal.Signals, unbroken: tuple[dict, float], new_bank: Bank, tmp_path: Path
) -> None:
    whole, seconds = unbroken
    prepare(new_bank, tmp_path)
    draw = random.Random(int(which))
    stops, resumed = 0, 0
    for _ in range(60):
        process = started(new_bank, *LONG)
        # The first stops come early, so that several fall into the training; later ones leave time to get on.
        if is_training(new_bank, process):
            time.sleep(draw.uniform(0, (0.3 + 0.1 * stops) * seconds))
        if process.poll() is None:
            process.send_signal(which)
        out, err = process.communicate(timeout=60)
        resumed += "going on after step" in err
        if process.returncode == DONE:
            break
        stops += 1
        # Before it listens, the signal ends it at once.
        assert process.returncode in (-which, 130), err
        assert process.returncode == -which or "goes on from here" in err
    said = json.loads(out.splitlines()[-1])
    assert (said["pinned"], said["figures"]) == (whole["pinned"], whole["figures"])
    # Or nothing was shown.
    assert stops > 0 and resumed > 0, (stops, resumed)
    assert_verifies(new_bank)
    assert_staging_is_empty(new_bank)
    left = {path.name for path in (new_bank.folder / "runs").glob("*/*")}
    assert left == {"run.json", "lock"}


def test_a_kill_at_any_durable_call_leaves_all_or_nothing_and_goes_on(new_bank: Bank, tmp_path: Path) -> None:
    prepare(new_bank, tmp_path)
    words = (*VIT, *WINDOWS, "--epochs", "3", "--mask-ratio", "0.5")
    whole = answer(discover(new_bank, "whole", *words))
    kills = 0
    for number in (4, 31, 62, 93, 124, 145):
        bank = Bank(tmp_path / f"bank{number}")
        prepare(bank, tmp_path)
        done = discover(bank, "whole", *words, fault=f"kill:{number}")
        if done.returncode == DONE:
            break
        assert done.returncode == KILLED
        kills += 1
        assert_verifies(bank)
        again = answer(discover(bank, "whole", *words))
        assert (again["pinned"], again["figures"]) == (whole["pinned"], whole["figures"])
        assert_staging_is_empty(bank)
    assert kills > 3


def test_a_damaged_checkpoint_of_a_run_is_named_and_nothing_is_trained_over_it(new_bank: Bank, tmp_path: Path) -> None:
    prepare(new_bank, tmp_path)
    process = started(new_bank, *LONG)
    while process.poll() is None and not list((new_bank.folder / "runs").glob("*/checkpoint.safetensors")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (path,) = (new_bank.folder / "runs").glob("*/checkpoint.safetensors")
    whole = path.read_bytes()
    for data in (whole[:-7], whole[:100], b""):
        path.write_bytes(data)
        assert_refused(discover(new_bank, "unbroken", *LONG), path.name)
        assert path.read_bytes() == data
    path.write_bytes(whole)
    answer(discover(new_bank, "unbroken", *LONG))


def test_a_second_process_at_the_same_run_is_told_so(new_bank: Bank, tmp_path: Path) -> None:
    prepare(new_bank, tmp_path)
    process = started(new_bank, *LONG)
    assert is_training(new_bank, process)
    done = discover(new_bank, "unbroken", *LONG)
    process.kill()
    process.communicate()
    assert done.returncode == 75 and "another process is at the run" in done.stderr, done.stderr

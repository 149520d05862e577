"""Trainings: resumed they are as if never stopped, their weights are PyTorch's, their copies and scores are what they should be."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray

import tensor_files
from campaign import DAMAGED, DONE, FAILED, SAMPLES, USAGE, attempt, command
from cases import REPOSITORY
from conftest import STBANK, Bank
from test_schemas import validator

sys.path.insert(0, str(Path(__file__).parent / "golden_twins"))
import simvp_twin  # noqa: E402

pytestmark = pytest.mark.skipif(
    not STBANK.with_name("stbank-learn").exists(), reason="NOT RUN: stbank-learn is not built (no libtorch)")

LENGTHS = ("--input", "4", "--target", "3", "--stride", "6", "--crop", "16x16")
SETTINGS = {"hid_S": 4, "hid_T": 8, "N_S": 2, "N_T": 2, "incep_ker": [3, 5], "groups": 2, "dropout": 0.1}
TINY = ("--model", "simvp", "--network", json.dumps(SETTINGS))
QUICK = ("--epochs", "3", "--batch", "16", "--threads", "1")
INTERRUPTED = 130


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Bank:
    bank = Bank(tmp_path_factory.mktemp("bank"))
    bank.ingest("sevir", [SAMPLES / "sevir"], "storms")
    return bank


def train(bank: Bank, name: str, *more: object, of=TINY, status=DONE) -> dict:
    done = attempt(bank, "train", "storms", *of, *LENGTHS, *QUICK, "--as", name, *more, "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}


@pytest.fixture(scope="module")
def plain(bank) -> dict:
    return train(bank, "plain")


def weights(answer: dict, which: str = "weights") -> dict[str, torch.Tensor]:
    return tensor_files.read(answer[which])


def record(bank: Bank, run: str) -> dict:
    return json.loads((bank.folder / "runs" / run / "run.json").read_text())


# Going on


def losses(answer: dict) -> list:
    return [(epoch["training"], epoch["validation"]) for epoch in answer["epochs"]]


def stopped(bank: Bank, name: str, stop: int, *more: object) -> int:
    """Trains until the second epoch has ended, so that the first one's checkpoint is written, then sends a signal."""
    words = command(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", name, *more)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr:
        if "epoch 2" in line:
            process.send_signal(stop)
            break
    process.stderr.read()
    return process.wait(timeout=60)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_training_that_was_stopped_ends_as_if_it_never_was(bank, stop):
    name = f"stopped-{stop.name.lower()}"
    # Long enough that the signal comes while it runs.
    more = ("--epochs", "16", "--patience", "0")
    whole = train(bank, "whole", *more)
    assert stopped(bank, name, stop, *more) == (-stop if stop == signal.SIGKILL else INTERRUPTED)
    before = record(bank, name)
    assert before["state"] == ("running" if stop == signal.SIGKILL else "interrupted")
    assert 1 <= len(before["epochs"]) < 16
    resumed = json.loads(attempt(bank, "train", "--resume", name, "--json").stdout.splitlines()[-1])
    assert losses(resumed) == losses(whole)
    for which in ("weights", "last_weights"):
        assert Path(resumed[which]).read_bytes() == Path(whole[which]).read_bytes()


def test_a_finished_run_is_not_trained_again(bank, plain):
    again = train(bank, "plain")
    assert again["known"] and not plain["known"]
    assert again["weights"] == plain["weights"]


def test_a_name_stands_for_one_run(bank, plain):
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "plain", "--rate", "0.001")
    assert done.returncode == USAGE and "other fit" in done.stderr and "--restart" in done.stderr


# Data files and records


def test_presets_have_the_form_of_their_schema(bank):
    lines = [json.loads(line) for line in bank.run("train", "--presets", "--json").stdout.splitlines()]
    listed = {(line["model"], line["preset"]) for line in lines}
    files = [json.loads(path.read_text()) for path in (REPOSITORY / "Sources" / "Forecasting" / "Presets").glob("*.json")]
    assert listed == {(file["model"], name) for file in files for name in file["presets"]} and len(files) == 8
    checker = validator("presets")
    for file in files:
        checker.validate(file)
        assert not checker.is_valid({**file, "presets": {**file["presets"], "tiny": {"about": "No network."}}})


def test_a_preset_of_ones_own_is_a_file(bank, tmp_path):
    file = tmp_path / "own.json"
    training = {"epochs": 1, "rate": 0.001, "schedule": "constant"}
    file.write_text(json.dumps({"about": "Mine.", "network": SETTINGS, "training": training, "plan": {"batch_size": 16}}))
    done = attempt(bank, "train", "storms", "--model", "simvp", "--preset", file, *LENGTHS, "--threads", "1", "--as", "own", "--json")
    assert done.returncode == DONE, done.stderr
    settings = json.loads(record(bank, "own")["settings"])
    assert settings["fit"]["rate"] == 0.001 and settings["plan"]["batch_size"] == 16
    file.write_text(json.dumps({"about": "Mine.", "network": {"hid_X": 3}, "training": training}))
    done = attempt(bank, "train", "storms", "--model", "simvp", "--preset", file, *LENGTHS, "--as", "own2")
    assert done.returncode == USAGE and "no setting `hid_X`" in done.stderr and "hid_S" in done.stderr


def test_records_have_the_form_of_their_schema(bank, plain):
    checker = validator("run")
    checker.validate(record(bank, "plain"))
    assert not checker.is_valid({**record(bank, "plain"), "other": 1})


# Weights and PyTorch


def twin() -> torch.nn.Module:
    return simvp_twin.build("simvp", {**SETTINGS, "in_shape": [4, 1, 16, 16], "out_frames": 3})[0]


def test_weights_load_strictly_in_pytorch_and_forecast_the_same(bank, plain, tmp_path):
    model = twin()
    model.load_state_dict(weights(plain), strict=True)
    bank.run("predict", "plain", "--split", "validation", "--to", tmp_path / "forecast.nc")
    with xarray.open_dataset(tmp_path / "forecast.nc") as found:
        inputs, predictions = found["inputs"].values, found["predictions"].values
        targets = found["targets"].values
    channel = json.loads(bank.run("show", "storms", "--json").stdout)["record"]["statistics"][0]["channels"][0]
    mean, deviation = channel["mean"], channel["deviation"]
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy((inputs - mean) / deviation).float()).numpy() * deviation + mean
    assert np.abs(predictions - expected).max() < 1e-2
    # The held-out loss of the best epoch is that of these very forecasts.
    best = plain["epochs"][plain["best"] - 1]
    assert np.mean(((predictions - targets) / deviation) ** 2) == pytest.approx(best["validation"], rel=1e-4)


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_weights_of_pytorch_are_taken_over(bank, plain, tmp_path, kind):
    torch.manual_seed(5)
    state, file = twin().state_dict(), tmp_path / f"weights.{kind}"
    torch.save(state, file) if kind == "pth" else tensor_files.write(state, file)
    answer = train(bank, f"from-{kind}", "--init", file, "--epochs", "1", "--rate", "1e-12")
    transfer = record(bank, answer["run"])["transfer"]
    assert sorted(transfer["copied"]) == sorted(state) and not transfer["missing"] + transfer["skipped"] + transfer["unused"]
    for name, value in weights(answer).items():
        assert torch.allclose(value, state[name], atol=1e-6), name


def test_a_transfer_says_what_was_copied_skipped_and_missing(bank):
    vit = ("--model", "vit", "--network", json.dumps({"embed_dim": 16, "depth": 2, "num_heads": 2, "patch_size": 4}))
    bank.run("discover", "storms", "--upstream", "vit", "--width", "16", "--depth", "1", "--heads", "2", "--patch", "4",
             *LENGTHS, "--layout", "frame", "--epochs", "1", "--threads", "1", "--as", "maps")
    answer = train(bank, "moved", "--init", "maps", "--epochs", "1", of=vit)
    transfer = record(bank, "moved")["transfer"]
    assert transfer["source"].startswith("maps@1.0.0#")
    assert {"pos_embed", "blocks.0.attn.qkv.weight", "norm.weight"} <= set(transfer["copied"])
    assert "patch_embed.proj.weight" in transfer["skipped"]
    assert any(name.startswith("blocks.1.") for name in transfer["missing"])
    assert set(weights(answer)) == set(transfer["copied"]) | set(transfer["skipped"]) | set(transfer["missing"])
    lines = bank.run("lineage", "moved").stdout
    assert "began with weights of maps@1.0.0" in lines and "pos_embed" in lines and "storms@1.0.0" in lines


def test_a_checkpoint_that_fits_nowhere_is_refused(bank, tmp_path):
    tensor_files.write({"other": torch.zeros(3)}, tmp_path / "other.safetensors")
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "lost", "--init", tmp_path / "other.safetensors")
    assert done.returncode == USAGE and "nothing in" in done.stderr


# Environments


@pytest.fixture(scope="module")
def copies(bank) -> str:
    bank.run("discover", "storms", "--upstream", "vit", "--width", "16", "--depth", "1", "--heads", "2", "--patch", "4",
             *LENGTHS, "--epochs", "1", "--threads", "1", "--as", "grounds")
    bank.run("augment", "storms", "--importance", "grounds", "--as", "copies", "--copies", "2")
    return "copies"


def without_dropout(*more: object) -> tuple:
    return ("--network", json.dumps({**SETTINGS, "dropout": 0}), *more)


def test_one_environment_after_the_other_is_all_at_once(bank, copies):
    together = train(bank, "together", *without_dropout("--environments", copies, "--epochs", "1"))
    alone = train(bank, "one-by-one", *without_dropout("--environments", copies, "--epochs", "1", "--one-by-one"))
    assert alone["epochs"][0]["training"] == pytest.approx(together["epochs"][0]["training"], rel=1e-4)
    assert together["epochs"][0]["training"] != alone["epochs"][0]["training"] or weights(alone) is not None
    found, expected = weights(alone), weights(together)
    assert max((found[name] - expected[name]).abs().max() for name in found) < 5e-3


def test_a_prior_on_the_original_alone_is_a_training_without_copies(bank, copies):
    original = train(bank, "original", *without_dropout("--epochs", "1"))
    weighted = train(bank, "weighted", *without_dropout("--environments", copies, "--epochs", "1", "--prior", "1,0,0"))
    assert weighted["epochs"][0]["training"] == pytest.approx(original["epochs"][0]["training"], rel=1e-5)
    # Nothing that is held out is ever changed.
    assert weighted["epochs"][0]["validation"] == pytest.approx(original["epochs"][0]["validation"], rel=1e-4)


@pytest.mark.parametrize("form", ["parallel", "appended"])
def test_no_copies_are_a_training_without_copies_to_the_last_bit(bank, copies, form):
    original = train(bank, f"no-{form}", *without_dropout("--epochs", "1"))
    nothing = json.dumps({"importance": "grounds", "copies": 0})
    none = train(bank, f"none-{form}", *without_dropout("--environments", nothing, "--epochs", "1", "--form", form))
    assert none["weights"] == original["weights"]


def test_appended_copies_are_more_samples(bank, copies):
    plain = train(bank, "without", *without_dropout("--epochs", "1"))
    appended = train(bank, "appended", *without_dropout("--environments", copies, "--epochs", "1", "--form", "appended"))
    assert appended["steps"] in range(3 * plain["steps"] - 2, 3 * plain["steps"] + 1)


def test_a_recipe_trains_as_its_stored_copies_do(bank, copies):
    stored = train(bank, "stored", *without_dropout("--environments", copies, "--epochs", "1"))
    flying = train(bank, "flying", *without_dropout(
        "--environments", json.dumps({"importance": "grounds", "copies": 2}), "--epochs", "1"))
    assert flying["weights"] == stored["weights"]


# Runs


def test_several_runs_differ_in_their_seed_and_are_summed_up(bank):
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "many", "--runs", "3", "--epochs", "1", "--json")
    assert done.returncode == DONE, done.stderr
    *runs, summary = [json.loads(line) for line in done.stdout.splitlines()]
    found = [run["epochs"][0]["validation"] for run in runs]
    assert len(set(found)) == 3 and summary["runs"] == ["many-seed0", "many-seed1", "many-seed2"]
    assert summary["best_loss_mean"] == pytest.approx(np.mean(found))
    assert summary["best_loss_deviation"] == pytest.approx(np.std(found, ddof=1))
    line = json.loads(attempt(bank, "evaluate", "many", "--split", "validation", "--json").stdout.splitlines()[0])
    assert line["runs"] == 3 and line["deviations"]["mse"] > 0


def test_a_record_holds_what_made_it(bank, plain):
    found = record(bank, "plain")
    settings = json.loads(found["settings"])
    assert found["datasets"][0]["digest"] == bank.digest("storms@1.0.0")
    assert settings["network"]["hid_S"] == 4 and settings["seed"] == "0" and settings["plan"]["stride"] == 6
    assert {"stbank", "libtorch"} <= set(found["making"]["software"])
    assert len(found["epochs"]) == 3 and found["figures"]["part_waiting_for_batches"] >= 0
    lines = [json.loads(line) for line in bank.run("lineage", "plain", "--json").stdout.splitlines()]
    assert [line["kind"] for line in lines] == ["run", "frames"]


def test_runs_keep_their_data_sets_until_they_are_removed(bank):
    train(bank, "short", "--epochs", "1")
    assert attempt(bank, "remove", "storms@1.0.0").returncode == USAGE
    assert attempt(bank, "remove", "short").returncode == DONE
    assert attempt(bank, "lineage", "short").returncode == USAGE


# Scores


def test_scores_are_those_of_the_forecasts(bank, plain, tmp_path):
    bank.run("predict", "plain", "--split", "validation", "--to", tmp_path / "forecast.nc")
    lines = [json.loads(line) for line in bank.run("evaluate", "plain", "--split", "validation", "--json").stdout.splitlines()]
    own, still, mean = lines
    assert [line["forecaster"] for line in lines] == ["plain", "persistence", "training mean"]
    with xarray.open_dataset(tmp_path / "forecast.nc") as found:
        inputs, targets = found["inputs"].values.astype(float), found["targets"].values.astype(float)
        predictions = found["predictions"].values.astype(float)
    for line, forecast in ((own, predictions), (still, inputs[:, -1:])):
        errors = ((forecast - targets) / 255) ** 2
        assert line["scores"]["mse"] == pytest.approx(errors.mean(), rel=1e-5)
        assert line["by_lead"]["mse"] == pytest.approx(errors.mean(axis=(0, 2, 3, 4)), rel=1e-5)
        events, came = forecast + np.zeros_like(targets) >= 74, targets >= 74
        csi = (events & came).sum() / ((events | came).sum() + 1e-4)
        assert line["scores"]["csi@74"] == pytest.approx(csi, rel=1e-6)
    assert mean["scores"]["mse"] > 0 and own["windows"] == len(inputs)


def test_pictures_and_films_of_a_forecast(bank, plain, tmp_path):
    for ending, start in (("png", b"\x89PNG"), ("gif", b"GIF8")):
        bank.run("predict", "plain", "--preview", tmp_path / f"one.{ending}", "--window", "2")
        assert (tmp_path / f"one.{ending}").read_bytes().startswith(start)


# Time steps done again


def test_time_steps_done_again_change_no_bit(bank):
    small = ("--model", "convlstm", "--network", '{"num_hidden":"4,4"}')
    runs = [train(bank, name, "--epochs", "1", *more, of=small) for name, more in
            (("kept", ()), ("again", ("--checkpoint-steps", "2")))]
    assert losses(runs[0]) == losses(runs[1])
    assert Path(runs[0]["last_weights"]).read_bytes() == Path(runs[1]["last_weights"]).read_bytes()
    steps = [json.loads(record(bank, name)["settings"])["network"].get("checkpoint_steps") for name in ("kept", "again")]
    assert steps == [None, 2]


def test_time_steps_of_a_network_without_any_are_refused(bank):
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "none", "--checkpoint-steps", "2")
    assert done.returncode == USAGE and "step by step: convlstm, predrnnv2 and e3dlstm" in done.stderr
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "none", "--checkpoint-steps", "0")
    assert done.returncode == USAGE and "1 or more" in done.stderr


@pytest.mark.parametrize("model", ["vit", "swin", "rainformer", "earthformer", "convlstm", "predrnnv2", "e3dlstm", "simvp"])
def test_every_network_trains_and_forecasts(bank, model):
    words = ("train", "storms", "--model", model, *LENGTHS[:4], "--stride", "12", "--crop", "16x16", "--batch", "8", "--threads", "1",
             "--epochs", "2", "--as", f"small-{model}")
    done = attempt(bank, *words, "--json")
    assert done.returncode == DONE, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["epochs"][1]["training"] < answer["epochs"][0]["training"]
    assert attempt(bank, "evaluate", f"small-{model}", "--split", "test").returncode == DONE


# Missing values


@pytest.mark.parametrize("model", ["simvp", "convlstm"])
def test_missing_values_are_not_learnt(bank, tmp_path, model):
    """A field of ones with holes: with a number in the holes the forecasts lie between both."""
    rng = np.random.default_rng(4)
    frames = np.where(rng.random((12, 20, 1, 8, 8)) < 0.5, np.nan, 1).astype("f4")
    np.save(tmp_path / "holes.npy", frames)
    bank.ingest("array", [tmp_path / "holes.npy"], f"holes-{model}", {"axes": "NTCHW"})
    network = {"simvp": SETTINGS, "convlstm": {"num_hidden": "8", "patch_size": 1}}[model]
    means, losses = {}, {}
    for name, fill in {"known": (), "filled": ("--fill", "0")}.items():
        words = ("train", f"holes-{model}", "--model", model, "--network", json.dumps(network), "--input", "4", "--target", "3",
                 "--values", "none", "--epochs", "12", "--batch", "8", "--threads", "1", "--rate", "0.01", *fill)
        done = attempt(bank, *words, "--as", f"{name}-{model}", "--json")
        assert done.returncode == DONE, done.stderr
        losses[name] = json.loads(done.stdout.splitlines()[-1])["epochs"][-1]["validation"]
        path = tmp_path / f"{name}.nc"
        done = attempt(bank, "predict", f"{name}-{model}", "--split", "test", "--to", path)
        assert done.returncode == DONE, done.stderr
        with xarray.open_dataset(path) as forecasts:
            means[name] = float(forecasts["predictions"].mean())
            assert np.isnan(forecasts["targets"].values).mean() == pytest.approx(0.5, abs=0.1)
    assert means["known"] == pytest.approx(1, abs=0.1) and means["filled"] == pytest.approx(0.5, abs=0.15)
    assert losses["known"] < 0.02 < 0.15 < losses["filled"]


# What goes wrong


def test_a_training_that_runs_away_says_so_and_keeps_its_checkpoint(bank):
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "wild", "--rate", "1e12", "--schedule", "constant")
    assert done.returncode == FAILED and "run away" in done.stderr and "--rate" in done.stderr
    assert record(bank, "wild")["state"] == "failed" and "run away" in record(bank, "wild")["failure"]
    # The name is free for settings that do better.
    assert train(bank, "wild", "--epochs", "1")["state"] == "done"


@pytest.mark.parametrize("rate, found", [("1e12", "the validation loss is"), ("1e39", "is no longer finite")])
def test_what_has_run_away_is_not_kept(bank, rate, found):
    """The loss of an epoch's only step says nothing yet; the weights after it, or their forecasts, do."""
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--epochs", "1", "--batch", "1000", "--schedule", "constant",
                   "--as", f"wild-{rate}", "--rate", rate)
    assert done.returncode == FAILED and found in done.stderr and "run away" in done.stderr, done.stderr
    assert found in record(bank, f"wild-{rate}")["failure"]
    assert not list((bank.folder / "runs" / f"wild-{rate}").glob("*.safetensors"))


def test_missing_numbers_are_told(bank):
    done = attempt(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "gone", "--environments", "nowhere")
    assert done.returncode == USAGE and "nowhere" in done.stderr
    done = attempt(bank, "train", "nothing", *TINY, *LENGTHS, *QUICK, "--as", "gone")
    assert done.returncode == USAGE and "there is no data set `nothing`" in done.stderr


def test_a_data_set_that_does_not_fit_the_model_is_refused(bank, plain):
    bank.ingest("taxibj", [SAMPLES / "taxibj"], "streets")
    done = attempt(bank, "evaluate", "plain", "streets")
    assert done.returncode == USAGE
    done = attempt(bank, "train", "storms", *LENGTHS, *QUICK, "--as", "odd", "--model", "vit", "--network", '{"patch_size":6}')
    assert done.returncode == USAGE and "multiple of 4" in done.stderr
    assert not (bank.folder / "runs" / "odd").exists()


def test_too_little_memory_is_told(bank):
    words = command(bank, "train", "storms", *TINY, *LENGTHS, *QUICK, "--as", "big", "--batch", "64", "--network",
                    json.dumps({**SETTINGS, "hid_S": 4096, "hid_T": 4096}))
    done = subprocess.run(["bash", "-c", 'ulimit -v 4000000; exec "$@"', "bash", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == FAILED and "there is no memory for another" in done.stderr, done.stderr
    assert "take a smaller batch" in done.stderr and "enforce" not in done.stderr, done.stderr


def test_changed_weights_are_found(bank):
    answer = train(bank, "touched", "--epochs", "1", "--seed", "9")
    file = Path(answer["weights"])
    os.chmod(file, 0o644)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    done = attempt(bank, "evaluate", "touched", "--split", "validation")
    assert done.returncode == DAMAGED and "not what they were" in done.stderr
    assert attempt(bank, "remove", "touched").returncode == DONE

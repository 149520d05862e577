"""Several processes may work on one bank at once: all succeed, and what they publish is what one alone would."""

import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from campaign import (
    DONE,
    PATIENCE,
    SAMPLES,
    SOAK,
    answer,
    assert_is_orderly,
    assert_staging_is_empty,
    assert_verifies,
    attempt,
    command,
    ingest,
    ingest_words,
    listed,
)
from conftest import Bank

SEVIR = ("sevir", SAMPLES / "sevir", {})
TYPES = ("sevir", SAMPLES / "sevir-types", {"type": "vil,ir069,lght"})
GIFS = ("pd", SAMPLES / "pd-gif", {})
ROUNDS = 60 if SOAK else 3

Source = tuple[str, Path, dict[str, str]]


def start(bank: Bank, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(command(bank, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_ingest(bank: Bank, source: Source, name: str) -> subprocess.Popen[str]:
    format, path, settings = source
    return start(bank, *ingest_words(format, path, name=name, settings=settings))


def finish(started: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, said = started.communicate(timeout=PATIENCE)
    done = subprocess.CompletedProcess(started.args, started.returncode, out, said)
    assert_is_orderly(done)
    return done


@pytest.fixture(scope="module")
def alone(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digest of each source when nothing else goes on."""
    bank = Bank(tmp_path_factory.mktemp("alone") / "bank")
    digests = {}
    for name, source in (("sevir", SEVIR), ("types", TYPES), ("gifs", GIFS)):
        digests[name] = answer(finish(start_ingest(bank, source, name)))["digest"]
    return digests


def prepared(folder: Path, is_new: bool) -> Bank:
    bank = Bank(folder)
    if not is_new:
        assert ingest(bank, *GIFS[:2], name="before").returncode == DONE
    return bank


@pytest.mark.parametrize("is_new", [True, False], ids=["new bank", "existing bank"])
@pytest.mark.parametrize("names", [("it", "it"), ("one", "other")], ids=["same name", "two names"])
def test_the_same_source_twice_at_once_becomes_one_data_set(
    is_new: bool, names: tuple[str, str], alone: dict[str, str], tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        bank = prepared(tmp_path / f"bank{number}", is_new)
        started = [start_ingest(bank, SEVIR, name) for name in names]
        answers = [answer(finish(each)) for each in started]
        assert [each["digest"] for each in answers] == [alone["sevir"]] * 2
        assert [each["id"] for each in answers] == [f"{name}@1.0.0" for name in names]
        assert_verifies(bank)
        assert len(list((bank.folder / "manifests").iterdir())) == 1 + (not is_new)
        assert len(list((bank.folder / "objects").iterdir())) == 1 + (not is_new)
        assert_staging_is_empty(bank)


@pytest.mark.parametrize("is_new", [True, False], ids=["new bank", "existing bank"])
def test_different_sources_at_once_both_succeed(is_new: bool, alone: dict[str, str], tmp_path: Path) -> None:
    for number in range(ROUNDS):
        bank = prepared(tmp_path / f"bank{number}", is_new)
        started = {name: start_ingest(bank, source, name) for name, source in (("sevir", SEVIR), ("types", TYPES))}
        for name, each in started.items():
            made = answer(finish(each))
            assert (made["id"], made["digest"]) == (f"{name}@1.0.0", alone[name])
        assert_verifies(bank)
        assert_staging_is_empty(bank)


def test_equal_content_from_two_folders_at_once_is_one_data_set(alone: dict[str, str], tmp_path: Path) -> None:
    """The builds have other staging folders, since other files, and meet when they publish."""
    for number in range(ROUNDS):
        bank = Bank(tmp_path / f"bank{number}")
        copies = [tmp_path / f"copy{number}-{each}" for each in range(2)]
        for copy in copies:
            subprocess.run(["cp", "-r", str(SEVIR[1]), str(copy)], check=True)
        started = [start_ingest(bank, ("sevir", copy, {}), copy.name.replace("-", "x")) for copy in copies]
        assert [answer(finish(each))["digest"] for each in started] == [alone["sevir"]] * 2
        assert len(list((bank.folder / "manifests").iterdir())) == 1
        assert_verifies(bank)
        assert_staging_is_empty(bank)


def test_two_contents_under_one_name_at_once_are_one_data_set_and_one_refusal(
    alone: dict[str, str], tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        bank = Bank(tmp_path / f"bank{number}")
        done = [finish(each) for each in [start_ingest(bank, SEVIR, "it"), start_ingest(bank, TYPES, "it")]]
        assert sorted(each.returncode for each in done) == [0, 64]
        refused = next(each for each in done if each.returncode == 64)
        assert "--new-version" in refused.stderr
        assert [each["digest"] in (alone["sevir"], alone["types"]) for each in listed(bank)] == [True]
        assert_verifies(bank)


@pytest.mark.parametrize("count", [5])
def test_many_at_once_into_a_new_bank_all_succeed(count: int, alone: dict[str, str], tmp_path: Path) -> None:
    bank = Bank(tmp_path / "bank")
    sources = {"sevir": SEVIR, "types": TYPES, "gifs": GIFS}
    chosen = [(name, f"{name}{number}") for number in range(count) for name in sources]
    started = [(name, start_ingest(bank, sources[name], made)) for name, made in chosen]
    for name, each in started:
        assert answer(finish(each))["digest"] == alone[name]
    assert len(listed(bank)) == len(chosen)
    assert_verifies(bank)
    assert_staging_is_empty(bank)


def test_new_versions_at_once_get_numbers_of_their_own(alone: dict[str, str], tmp_path: Path) -> None:
    bank = Bank(tmp_path / "bank")
    assert ingest(bank, *GIFS[:2], name="it").returncode == DONE
    started = [
        start(bank, *ingest_words(*source[:2], name="it", settings=source[2]), "--new-version")
        for source in (SEVIR, TYPES)
    ]
    answers = [answer(finish(each)) for each in started]
    assert {each["id"] for each in answers} == {"it@2.0.0", "it@3.0.0"}
    assert {each["digest"] for each in answers} == {alone["sevir"], alone["types"]}
    assert_verifies(bank)


# MARK: gc


def test_gc_takes_nothing_from_an_ingest_that_goes_on(alone: dict[str, str], tmp_path: Path) -> None:
    for number in range(ROUNDS):
        bank = prepared(tmp_path / f"bank{number}", is_new=False)
        started = start_ingest(bank, SEVIR, "it")
        swept = 0
        while started.poll() is None:
            assert attempt(bank, "gc").returncode == DONE
            swept += 1
        assert answer(finish(started))["digest"] == alone["sevir"]
        assert swept > 1
        assert attempt(bank, "gc").returncode == DONE
        assert {each["name"] for each in map(named, listed(bank))} == {"before", "it"}
        assert_verifies(bank)
        assert_staging_is_empty(bank)


def named(entry: dict) -> dict:
    return {**entry, "name": entry["id"].split("@")[0]}


def test_gc_takes_nothing_from_a_killed_build_that_goes_on(alone: dict[str, str], tmp_path: Path) -> None:
    """Killed while it published, so that some payload files have been moved to the objects, which no manifest names."""
    for number in range(ROUNDS):
        bank = Bank(tmp_path / f"bank{number}")
        moved = 50
        while not list((bank.folder / "objects").rglob("*.nc")) or listed(bank):
            bank = Bank(tmp_path / f"bank{number}-{moved}")
            ingest(bank, *TYPES[:2], settings=TYPES[2], fault=f"kill:{moved}")
            moved += 1
            assert moved < 200
        started = start_ingest(bank, TYPES, "it")
        time.sleep(random.Random(number).uniform(0, 0.1))
        assert attempt(bank, "gc").returncode == DONE
        assert answer(finish(started))["digest"] == alone["types"]
        assert_verifies(bank)
        assert_staging_is_empty(bank)


def test_a_name_given_while_gc_sweeps_points_to_something(alone: dict[str, str], tmp_path: Path) -> None:
    """The second ingest is answered from the first one's data set, which nothing needs at that moment."""
    bank = Bank(tmp_path / "bank")
    for number in range(ROUNDS * 2):
        assert ingest(bank, *GIFS[:2], name="it").returncode == DONE
        assert attempt(bank, "remove", "it").returncode == DONE
        pair = [start(bank, "gc"), start_ingest(bank, GIFS, "it")]
        if number % 2:
            pair.reverse()
        for each in pair:
            assert finish(each).returncode == DONE
        assert [each["digest"] for each in listed(bank)] == [alone["gifs"]]
        assert_verifies(bank)


def test_readers_meet_no_half_data_set_while_others_publish(alone: dict[str, str], tmp_path: Path) -> None:
    bank = prepared(tmp_path / "bank", is_new=False)
    started = [start_ingest(bank, source, name) for name, source in (("sevir", SEVIR), ("types", TYPES))]
    while any(each.poll() is None for each in started):
        for entry in listed(bank):
            shown = attempt(bank, "show", entry["id"], "--json")
            assert shown.returncode == DONE, shown.stderr
            assert json.loads(shown.stdout)["digest"] == entry["digest"]
        assert_verifies(bank)
    for each in started:
        assert finish(each).returncode == DONE

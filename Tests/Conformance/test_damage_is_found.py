"""Whatever is changed in a bank, `verify` names the data set, the file and, for frames, the sequence."""

import json
import random
import shutil
from pathlib import Path

import pytest

from campaign import (
    DAMAGED,
    DONE,
    SAMPLES,
    SOAK,
    answer,
    assert_refused,
    assert_verifies,
    attempt,
    changed,
    flipped,
    ingest,
)
from conftest import Bank

DRAWS = 200 if SOAK else 3
# Several fields and sequences, and a second data set that nothing happens to.
SETTINGS = {"type": "vil,ir069,lght"}


@pytest.fixture(scope="module")
def filled(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    bank = Bank(tmp_path_factory.mktemp("filled") / "bank")
    assert ingest(bank, "sevir", SAMPLES / "sevir-types", settings=SETTINGS).returncode == DONE
    assert ingest(bank, "pd", SAMPLES / "pd-gif", name="other").returncode == DONE
    return bank


@pytest.fixture
def kept(filled: Bank, tmp_path: Path) -> Bank:
    return Bank(Path(shutil.copytree(filled.folder, tmp_path / "kept")))


@pytest.fixture
def archived(stbank: Path, tmp_path: Path) -> Bank:
    bank = Bank(tmp_path / "archived")
    done = attempt(
        bank, "ingest", "sevir", SAMPLES / "sevir-types", "--as", "it", "--set", "type=vil,ir069", "--archive"
    )
    assert done.returncode == DONE, done.stderr
    return bank


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.node.name)


def manifest(bank: Bank, name: str = "it") -> Path:
    return bank.folder / "manifests" / (bank.folder / "refs" / name / "1.0.0").read_text().strip()


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def payload(bank: Bank) -> list[tuple[dict, Path]]:
    record = json.loads((manifest(bank) / "record.json").read_text())
    return [(file, bank.folder / "objects" / file["sha256"] / file["name"]) for file in record["payload"]]


def found(bank: Bank, *words: str) -> list[dict]:
    """What `verify` finds, which it has to find; as objects, and the same in words for people."""
    done = attempt(bank, "verify", *words, "--json")
    assert done.returncode == DAMAGED, f"exit {done.returncode}: not found\n{done.stdout}{done.stderr}"
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    told = attempt(bank, "verify", *words)
    assert told.returncode == DAMAGED
    for finding in findings:
        words_of = [finding["dataset"], finding["file"], finding["message"]] + [finding.get("sequence") or ""]
        assert all(word in told.stdout for word in words_of), f"{finding} is not told in\n{told.stdout}"
    return findings


def assert_found(bank: Bank, file: Path, *words: str, dataset: str = "it@1.0.0") -> list[dict]:
    findings = [finding for finding in found(bank, *words) if finding["file"] == str(file)]
    assert findings, f"{file} is not named: {found(bank, *words)}"
    assert {finding["dataset"] for finding in findings} == {dataset}
    return findings


def positions(draw: random.Random, begin: int, end: int) -> list[tuple[int, int]]:
    """Bytes and bits: the first, the last, and some between."""
    chosen = [begin, end - 1] + [draw.randrange(begin, end) for _ in range(DRAWS)]
    return [(position, draw.randrange(8)) for position in chosen]


# MARK: Payload


@pytest.mark.parametrize("number", range(3))
def test_a_flipped_bit_in_the_frames_is_found_with_its_sequence(kept: Bank, number: int, draw: random.Random) -> None:
    file, path = payload(kept)[number]
    pieces = [piece for piece in lines(manifest(kept) / "pieces.jsonl") if piece["file"] == number]
    ids = [row["id"] for row in lines(manifest(kept) / "sequences.jsonl")]
    identity = json.loads((manifest(kept) / "identity.json").read_text())
    field = identity["fields"][file["field"]]
    size = {"uint8": 1, "int16": 2, "uint16": 2}[field["element"]]
    frame = field["channels"] * field["rows"] * field["columns"] * size
    for position, bit in positions(draw, file["offset"], file["offset"] + file["frames"] * frame):
        struck = (position - file["offset"]) // frame
        sequence = next(ids[p["sequence"]] for p in pieces if p["position"] <= struck < p["position"] + p["frames"])
        with flipped(path, position, bit):
            findings = assert_found(kept, path)
            assert [finding["sequence"] for finding in findings] == [sequence]
            assert_found(kept, path, "it")
    assert_verifies(kept)


@pytest.mark.parametrize("number", range(3))
def test_a_flipped_bit_in_the_header_is_found_also_at_a_glance(kept: Bank, number: int, draw: random.Random) -> None:
    file, path = payload(kept)[number]
    for position, bit in positions(draw, 0, file["offset"]):
        with flipped(path, position, bit):
            assert "header" in assert_found(kept, path)[0]["message"]
            assert_found(kept, path, "--quick")
    assert_verifies(kept)


@pytest.mark.parametrize("number", range(3))
def test_a_flipped_bit_in_the_tables_behind_the_frames_is_found(kept: Bank, number: int, draw: random.Random) -> None:
    file, path = payload(kept)[number]
    identity = json.loads((manifest(kept) / "identity.json").read_text())
    field = identity["fields"][file["field"]]
    size = {"uint8": 1, "int16": 2, "uint16": 2}[field["element"]]
    tail = file["offset"] + file["frames"] * field["channels"] * field["rows"] * field["columns"] * size
    for position, bit in positions(draw, tail, file["size"]):
        with flipped(path, position, bit):
            assert "tables" in assert_found(kept, path)[0]["message"]
    assert_verifies(kept)


@pytest.mark.parametrize("number", range(2))
def test_a_flipped_bit_in_an_archive_is_found(archived: Bank, number: int, draw: random.Random) -> None:
    file, path = payload(archived)[number]
    for position, bit in positions(draw, 0, file["size"]):
        with flipped(path, position, bit):
            assert_found(archived, path)
    assert_verifies(archived)


@pytest.mark.parametrize("quick", [[], ["--quick"]], ids=["whole", "quick"])
def test_a_shorter_longer_or_missing_payload_file_is_found(kept: Bank, quick: list[str]) -> None:
    for _, path in payload(kept):
        content = path.read_bytes()
        for other in (b"", content[:1], content[:4096], content[: len(content) // 2], content[:-1], content + b"\0"):
            with changed(path, other):
                assert "bytes instead of" in assert_found(kept, path, *quick)[0]["message"]
        aside = path.with_suffix(".aside")
        path.rename(aside)
        assert "not there" in assert_found(kept, path, *quick)[0]["message"]
        aside.rename(path)
    assert_verifies(kept)


def test_a_folder_or_pipe_in_the_place_of_a_payload_file_is_found(kept: Bank) -> None:
    import os

    _, path = payload(kept)[0]
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    assert_found(kept, path)
    path.rmdir()
    os.mkfifo(path)
    assert_found(kept, path)
    path.unlink()
    aside.rename(path)
    assert_verifies(kept)


# MARK: Manifest and names


@pytest.mark.parametrize("name", ["identity.json", "record.json", "sequences.jsonl", "pieces.jsonl"])
def test_a_flipped_bit_in_a_manifest_is_found(kept: Bank, name: str, draw: random.Random) -> None:
    path = manifest(kept) / name
    size = path.stat().st_size
    chosen = positions(draw, 0, size)
    if name == "record.json":
        # Its end is the checksum itself, with the words round it.
        chosen += [(position, draw.randrange(8)) for position in range(size - 82, size, 1 if SOAK else 4)]
    for position, bit in chosen:
        with flipped(path, position, bit):
            assert_found(kept, path)
            assert_found(kept, path, "--quick")
    assert_verifies(kept)


@pytest.mark.parametrize("name", ["identity.json", "record.json", "sequences.jsonl", "pieces.jsonl"])
def test_a_cut_or_missing_manifest_is_found(kept: Bank, name: str) -> None:
    path = manifest(kept) / name
    content = path.read_bytes()
    for other in (b"", content[:1], content[: len(content) // 2], content[:-1], content + b"\n"):
        with changed(path, other):
            assert_found(kept, path)
    aside = path.with_name("aside")
    path.rename(aside)
    assert [finding["dataset"] for finding in found(kept)] == ["it@1.0.0"]
    aside.rename(path)
    assert_verifies(kept)


def test_every_flipped_bit_of_a_ref_is_found(kept: Bank, draw: random.Random) -> None:
    path = kept.folder / "refs" / "it" / "1.0.0"
    all_bits = [(position, bit) for position in range(path.stat().st_size) for bit in range(8)]
    for position, bit in all_bits if SOAK else draw.sample(all_bits, 20):
        with flipped(path, position, bit):
            assert_found(kept, path)
    assert_verifies(kept)


def test_a_cut_or_lengthened_ref_is_found(kept: Bank) -> None:
    path = kept.folder / "refs" / "it" / "1.0.0"
    content = path.read_bytes()
    for other in (b"", content[:-1], content[:30], content + b"\n", content + content, b"\xff" * 65):
        with changed(path, other):
            assert_found(kept, path)
    assert_verifies(kept)


def test_a_manifest_that_is_gone_is_found(kept: Bank) -> None:
    folder = manifest(kept)
    aside = folder.parent.parent / "aside"
    folder.rename(aside)
    assert_found(kept, kept.folder / "refs" / "it" / "1.0.0")
    aside.rename(folder)
    assert_verifies(kept)


def test_a_flipped_bit_in_the_description_of_the_bank_never_goes_on_as_if_nothing_were(
    kept: Bank, draw: random.Random
) -> None:
    path = kept.folder / "bank.json"
    for position, bit in positions(draw, 0, path.read_bytes().index(b"uuid")):
        with flipped(path, position, bit):
            done = attempt(kept, "verify")
            assert done.returncode in (DAMAGED, 64), f"byte {position} bit {bit}: exit {done.returncode}"
    assert_verifies(kept)


# MARK: Using what is damaged


def test_an_export_of_cut_frames_is_an_error_and_leaves_no_file(kept: Bank, tmp_path: Path) -> None:
    _, path = payload(kept)[0]
    target = tmp_path / "it.npz"
    for keep in (0, 100, 4096, path.stat().st_size - 1):
        with changed(path, path.read_bytes()[:keep]):
            assert_refused(attempt(kept, "export", "it", "-o", target), str(path))
            assert not target.exists()
    assert attempt(kept, "export", "it", "-o", target).returncode == DONE


@pytest.mark.parametrize("name", ["identity.json", "record.json", "sequences.jsonl", "pieces.jsonl"])
def test_an_export_by_a_damaged_manifest_is_an_error(kept: Bank, name: str, draw: random.Random, tmp_path: Path) -> None:
    path = manifest(kept) / name
    target = tmp_path / "it.npz"
    for position, bit in positions(draw, 0, path.stat().st_size):
        with flipped(path, position, bit):
            assert_refused(attempt(kept, "export", "it", "-o", target), str(path))
            assert not target.exists()


def test_a_copy_of_damaged_frames_is_refused_and_leaves_nothing(kept: Bank, draw: random.Random, tmp_path: Path) -> None:
    target = Bank(tmp_path / "target")
    file, path = payload(kept)[1]
    with flipped(path, draw.randrange(file["size"]), 3):
        assert_refused(attempt(kept, "copy", "it", "--to", target.folder), str(path))
        assert not list((target.folder / "refs").rglob("1.0.0"))
        assert_verifies(target)
    assert attempt(kept, "copy", "it", "--to", target.folder).returncode == DONE
    assert_verifies(target, "it")


def test_the_other_data_sets_of_a_damaged_bank_stay_usable(kept: Bank, draw: random.Random, tmp_path: Path) -> None:
    record = manifest(kept) / "record.json"
    with flipped(record, record.stat().st_size // 2, 1):
        assert_verifies(kept, "other")
        assert attempt(kept, "export", "other", "-o", tmp_path / "other.npz").returncode == DONE
        assert attempt(kept, "show", "other").returncode == DONE
        shown = attempt(kept, "list", "--json")
        assert shown.returncode == DONE, shown.stderr
        assert "other@1.0.0" in shown.stdout
        assert ingest(kept, "sevir", SAMPLES / "sevir", name="third").returncode == DONE
        assert attempt(kept, "remove", "third").returncode == DONE
    assert_verifies(kept)


def test_gc_never_takes_what_a_damaged_data_set_may_need(kept: Bank, tmp_path: Path) -> None:
    bank = Bank(Path(shutil.copytree(kept.folder, tmp_path / "bank")))
    before = sorted(path for path in bank.folder.rglob("*") if path.is_file())
    for name in ("identity.json", "record.json"):
        path = manifest(bank) / name
        with flipped(path, path.stat().st_size // 2, 1):
            done = attempt(bank, "gc")
            if done.returncode != DONE:
                assert_refused(done, str(path))
    ref = bank.folder / "refs" / "it" / "1.0.0"
    with flipped(ref, 5, 6):
        assert_refused(attempt(bank, "gc"), str(ref))
    assert sorted(path for path in bank.folder.rglob("*") if path.is_file()) == before
    assert_verifies(bank)


def test_a_damaged_data_set_is_mended_by_removing_it_and_ingesting_again(kept: Bank, tmp_path: Path) -> None:
    bank = Bank(Path(shutil.copytree(kept.folder, tmp_path / "bank")))
    digest = manifest(bank).name
    _, path = payload(bank)[0]
    path.chmod(0o644)
    path.write_bytes(b"no payload")
    found(bank)
    assert attempt(bank, "remove", "it").returncode == DONE
    assert attempt(bank, "gc").returncode == DONE
    assert answer(ingest(bank, "sevir", SAMPLES / "sevir-types", settings=SETTINGS))["digest"] == digest
    assert_verifies(bank)

"""The schemas fit what stbank writes and takes, and refuse what it does not."""

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from cases import REPOSITORY, SAMPLE
from conftest import Bank, Ingested, raw_paths

SCHEMAS = REPOSITORY / "schemas"
sys.path.insert(0, str(SCHEMAS))

import make_settings_schema  # noqa: E402

REGISTRY = Registry().with_resources(
    (path.name, Resource.from_contents(json.loads(path.read_text()))) for path in SCHEMAS.glob("*.json")
)
ABSENT_WHERE_UNKNOWN = {"cadence", "utc_offset_minutes", "seconds_per_count", "seed"}
MAPS = {"attributes", "settings", "software", "tallies"}
ALWAYS_IN_MAPS = {"format", "split", "variant", "stbank"}
RICH = [("sevir", ()), ("taxibj", ()), ("kth", ()), ("kth", ("--archive",))]


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return jsonschema.Draft202012Validator(schema, registry=REGISTRY)


def documents(bank: Bank, id: str) -> dict[str, list[Any]]:
    """The parsed contents of a manifest by the schema they have."""
    folder = bank.manifest(id, "identity").parent
    assert {path.name for path in folder.iterdir()} == {
        "identity.json",
        "record.json",
        "sequences.jsonl",
        "pieces.jsonl",
    }
    return {
        "identity": [json.loads((folder / "identity.json").read_text())],
        "record": [json.loads((folder / "record.json").read_text())],
        "sequence": [json.loads(line) for line in (folder / "sequences.jsonl").read_text().splitlines()],
        "piece": [json.loads(line) for line in (folder / "pieces.jsonl").read_text().splitlines()],
    }


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where a document can be broken; of a list only its first element is looked at."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, (*path, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def changed(document: Any, path: tuple, change) -> Any:
    result = copy.deepcopy(document)
    parent = result
    for key in path[:-1]:
        parent = parent[key]
    change(parent, path[-1])
    return result


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_schemas_are_json_schema(path: Path) -> None:
    schema = json.loads(path.read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == path.name
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_settings_schema_is_what_the_program_says(stbank: Path) -> None:
    remedy = "run python schemas/make_settings_schema.py .build/release/stbank and commit what it writes"
    assert make_settings_schema.SCHEMA.read_text() == make_settings_schema.text(stbank), remedy


def test_every_manifest_file_validates(ingested: Ingested, bank: Bank) -> None:
    for name, found in documents(bank, ingested.id).items():
        checker = validator(name)
        for document in found:
            checker.validate(document)


@pytest.fixture(scope="module", params=RICH, ids=lambda param: "".join([param[0], *param[1]]))
def written(request: pytest.FixtureRequest, stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    name, more = request.param
    bank = Bank(tmp_path_factory.mktemp("written"))
    case = SAMPLE[name]
    answer = bank.ingest(case.format, raw_paths("sample", case), name, case.settings, *more)
    return documents(bank, answer["id"])


def test_archives_say_where_their_chunks_lie(written: dict[str, list[Any]]) -> None:
    for file in written["record"][0]["payload"]:
        assert (file["packing"] == "archive") == ("chunks" in file) == ("chunk_frames" in file)


def is_required(name: str, path: tuple) -> bool:
    if isinstance(path[-1], int) or path[-1] in ABSENT_WHERE_UNKNOWN or (name, path) == ("sequence", ("covariates",)):
        return False
    return path[-2:-1] not in {(key,) for key in MAPS} or path[-1] in ALWAYS_IN_MAPS


@pytest.mark.parametrize("name", ["identity", "record", "sequence", "piece"])
def test_broken_documents_are_refused(written: dict[str, list[Any]], name: str) -> None:
    checker = validator(name)
    document = written[name][0]
    checker.validate(document)
    assert not checker.is_valid(document | {"other": 1})
    for path in places(document):
        wrong = changed(document, path, lambda parent, key: parent.__setitem__(key, True))
        assert not checker.is_valid(wrong), f"{path} may be true"
        if is_required(name, path):
            without = changed(document, path, lambda parent, key: parent.pop(key))
            assert not checker.is_valid(without), f"{path} may be absent"
        if isinstance(path[-1], int) or path[-1] not in MAPS:
            more = changed(document, path, lambda parent, key: isinstance(parent[key], dict) and parent[key].update(other=1))
            assert more == document or not checker.is_valid(more), f"{path} may have another key"


@pytest.mark.parametrize("key", ["identity", "build_key", "pieces", "~checksum"])
@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "G" + "0" * 63, "A" + "0" * 63])
def test_digests_are_64_lower_case_digits(written: dict[str, list[Any]], key: str, digest: str) -> None:
    assert not validator("record").is_valid(written["record"][0] | {key: digest})


RECIPES = [
    "set: {gray: stretched}\nsplit: group:80/10/10\n",
    "set:\n  stride: 2\n  size: 64x64\n",
    "split: group:validation=person01;test=person02\n",
    "{}\n",
]
BROKEN = [
    "sets: {gray: stored}\n",
    "set: {grey: stored}\n",
    "set: {gray: pink}\n",
    "set: {size: large}\n",
    "set: {stride: few}\n",
    "set: gray\n",
    "split: [source]\n",
    "split: sometimes\n",
    "[]\n",
]


@pytest.mark.parametrize("text", RECIPES)
def test_recipes_that_the_program_takes_are_valid(text: str, new_bank: Bank, tmp_path: Path) -> None:
    validator("recipe").validate(yaml.safe_load(text))
    assert dry_run(text, new_bank, tmp_path) == 0


@pytest.mark.parametrize("text", BROKEN)
def test_recipes_that_the_program_refuses_are_not(text: str, new_bank: Bank, tmp_path: Path) -> None:
    assert not validator("recipe").is_valid(yaml.safe_load(text))
    assert dry_run(text, new_bank, tmp_path) == 64


def dry_run(recipe: str, bank: Bank, folder: Path, format: str = "kth") -> int:
    file = folder / "recipe.yaml"
    file.write_text(recipe)
    paths = raw_paths("sample", SAMPLE[format])
    return bank.run("ingest", format, *paths, "--dry-run", "--recipe", file, check=False).returncode


def formats(bank: Bank) -> list[dict]:
    return [json.loads(line) for line in bank.run("doctor", "--formats", "--json").stdout.splitlines()]


# Of each kind of setting some values that it never has. A text may be anything but empty.
NEVER = {
    "text": ["", {}, []],
    "integer": ["", "two", "0", -1, 2.5],
    "number": ["", "half", "nan"],
    "choice": ["", "none of these", 7],
    "choices": ["", "none of these", ","],
    "size": ["", "128", "0x5", "65537x5", "x5x5", "+5x5"],
    "box": ["", "0:0:5", "-1:0:5x5", "0:0:0x5", ":0:0:5x5"],
}


# Settings that all formats have; looked at with one of them.
COMMON = {"size", "crop", "stride", "time", "duplicates"}


@pytest.mark.parametrize("format", [case for case in SAMPLE if "-" not in case])
def test_schema_and_program_refuse_the_same_values_of_every_setting(format: str, new_bank: Bank, tmp_path: Path) -> None:
    options = next(each for each in formats(new_bank) if each["format"] == format)["options"]
    checker = validator("recipe")
    assert COMMON < {option["key"] for option in options} | {"variant"}
    for option in options if format == "kth" else [each for each in options if each["key"] not in COMMON]:
        for value in NEVER[option["kind"]]:
            recipe = {"set": {option["key"]: value}}
            assert not checker.is_valid(recipe), recipe
            assert dry_run(yaml.safe_dump(recipe), new_bank, tmp_path, format) == 64, recipe
        for word in [*option.get("words", []), *[option["standard"]] * (" " not in option["standard"])]:
            assert checker.is_valid({"set": {option["key"]: word}}), f"{option['key']}: {word}"
    recipe = {"set": {"no such setting": "x"}}
    assert not checker.is_valid(recipe) and dry_run(yaml.safe_dump(recipe), new_bank, tmp_path, format) == 64


@pytest.mark.parametrize("form", [yaml.safe_dump, json.dumps], ids=["yaml", "json"])
def test_a_recipe_file_says_what_flags_say_and_flags_come_before_it(form: Any, stbank: Path, tmp_path: Path) -> None:
    paths = raw_paths("sample", SAMPLE["netcdf"])

    def made(place: str, settings: dict[str, str], *more: object) -> tuple[str, dict]:
        bank = Bank(tmp_path / place)
        answer = bank.ingest("netcdf", paths, "it", settings, *more)
        return answer["digest"], json.loads(bank.manifest(answer["id"], "identity").read_text())["recipe"][0]

    recipe = tmp_path / "recipe"
    recipe.write_text(form({"set": {"stride": 2, "crop": "0:0:32x32", "size": "16x16"}, "split": "time:60/20/20"}))
    flags = {"stride": "2", "crop": "0:0:32x32", "size": "16x16"}
    digest, step = made("file", {}, "--recipe", recipe)
    assert digest == made("flags", flags, "--split", "time:60/20/20")[0]
    assert {key: step["settings"].get(key) for key in flags} == flags
    assert step["settings"]["split"] == "time:60/20/20"
    other, step = made("both", {"stride": "3"}, "--recipe", recipe, "--split", "time:80/10/10")
    assert other == made("others", flags | {"stride": "3"}, "--split", "time:80/10/10")[0] != digest
    assert step["settings"]["stride"] == "3"


@pytest.mark.parametrize(
    "format, key, right, wrong",
    [
        ("sevir", "type", ["vil", "vil,ir069", ["vil", "ir069"]], ["", "vil,", "hail", [], ["hail"], 7]),
        ("sevir", "pct_missing", [0, 0.5, "0.5", "1e-3"], ["", "half", True]),
        ("kth", "size", ["native", "128x128", "65536x1"], ["128", "128x", 128, "a128x128", "0x5", "65537x1", "x1x1"]),
        ("kth", "crop", ["0:0:64x64"], ["0:0:64", "-1:0:64x64", "64x64"]),
        ("kth", "stride", [2, "2", "+2"], [2.5, "two", "", 0, "0", -1, "-1"]),
        ("firesys", "seed", [1, "1"], [4, "4", ""]),
        ("kth", "time", ["10..20", "2018-06-01.."], ["", True, {}]),
    ],
)
def test_settings_by_kind(format: str, key: str, right: list, wrong: list) -> None:
    schema = {"$ref": f"ingest-settings.schema.json#/$defs/{format}"}
    checker = jsonschema.Draft202012Validator(schema, registry=REGISTRY)
    assert [value for value in right if not checker.is_valid({key: value})] == []
    assert [value for value in wrong if checker.is_valid({key: value})] == []


def test_doctor_names_the_kinds_of_settings_plainly(new_bank: Bank) -> None:
    options = {(format["format"], option["key"]): option for format in formats(new_bank) for option in format["options"]}
    assert options["kth", "stride"]["kind"] == "integer" and options["kth", "size"]["kind"] == "size"
    assert options["sevir", "type"]["kind"] == "choices" and "vil" in options["sevir", "type"]["words"]
    for option in options.values():
        assert option["kind"] in {"text", "integer", "number", "choice", "choices", "size", "box"}
        assert ("words" in option) == option["kind"].startswith("choice")

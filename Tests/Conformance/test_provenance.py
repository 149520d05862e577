"""Provenance and cards are what their own programs accept."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from prov.model import ProvDocument

from cases import REPOSITORY, SAMPLE
from conftest import Bank, raw_paths

MAIN = ["sevir", "taxibj", "kth", "rainnet", "pd", "firesys", "netcdf", "array"]


@pytest.fixture(scope="module", params=MAIN)
def id(request: pytest.FixtureRequest, bank: Bank) -> str:
    case = SAMPLE[request.param]
    return bank.ingest(case.format, raw_paths("sample", case), f"provenance-{request.param}")["id"]


def test_prov_json_loads(id: str, bank: Bank, tmp_path: Path) -> None:
    document = ProvDocument.deserialize(bank.export(id, tmp_path / "set.prov.json"), format="json")
    assert document.get_records()


def test_croissant_card_passes_mlcroissant(id: str, bank: Bank, tmp_path: Path) -> None:
    card = bank.export(id, tmp_path / "set.croissant.json")
    done = subprocess.run(
        [Path(sys.executable).parent / "mlcroissant", "validate", "--jsonld", card], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(card.read_text())["conformsTo"] == "http://mlcommons.org/croissant/1.1"


@pytest.mark.parametrize("part", ["identity", "record"])
def test_manifest_passes_its_schema(id: str, bank: Bank, part: str) -> None:
    schema = json.loads((REPOSITORY / "schemas" / f"{part}.schema.json").read_text())
    manifest = json.loads(bank.manifest(id, part).read_text())
    jsonschema.validate(manifest, schema, jsonschema.validators.validator_for(schema))


def test_the_digest_is_that_of_the_identity(id: str, bank: Bank) -> None:
    assert hashlib.sha256(bank.manifest(id, "identity").read_bytes()).hexdigest() == bank.digest(id)

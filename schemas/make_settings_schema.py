"""Writes ingest-settings.schema.json from what `stbank doctor --formats --json` says. Takes the program's path."""

import json
import re
import subprocess
import sys
from pathlib import Path

SCHEMA = Path(__file__).with_name("ingest-settings.schema.json")
WHOLE = r"^\+?0*[1-9][0-9]{0,17}$"
REAL = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# 1 to 65536.
LENGTH = "0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-6])"
SIZE = f"{LENGTH}x{LENGTH}"


def formats(stbank: str | Path) -> list[dict]:
    lines = subprocess.run([stbank, "doctor", "--formats", "--json"], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def words(choices: list[str]) -> list[str | int]:
    """YAML reads digits as a number: both are right."""
    return choices + [int(word) for word in choices if word.isdigit()]


def shape(option: dict) -> dict:
    """What values of an option look like, written as text or as YAML would have them."""
    match option["kind"]:
        case "text":
            word = {"type": ["string", "number"], "minLength": 1}
            return {"anyOf": [word, {"type": "array", "minItems": 1, "items": word}]}
        case "integer":
            return {"type": ["integer", "string"], "minimum": 1, "pattern": WHOLE}
        case "number":
            return {"type": ["number", "string"], "pattern": REAL}
        case "choice":
            return {"enum": words(option["words"])}
        case "choices":
            one = "|".join(option["words"])
            return {
                "anyOf": [
                    {"type": "string", "pattern": f"^({one})(,({one}))*$"},
                    {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": words(option["words"])}},
                ]
            }
        case "size":
            return {"type": "string", "pattern": f"^(native|{SIZE})$"}
        case "box":
            return {"type": "string", "pattern": f"^[0-9]+:[0-9]+:{SIZE}$"}
    raise ValueError(f"settings of kind {option['kind']} are not known here")


def setting(option: dict) -> dict:
    """The default is in words, thus in the description only, where it depends on the source."""
    values = shape(option)
    standard = option["standard"]
    if standard in values.get("enum", []) or ("pattern" in values and re.search(values["pattern"], standard)):
        return {"description": option["help"], "default": standard} | values
    if " " not in standard and option["kind"] != "text":
        return {"description": option["help"], "default": standard, "anyOf": [{"const": standard}, values]}
    return {"description": f"{option['help']} Default: {standard}."} | values


def schema(formats: list[dict]) -> dict:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "ingest-settings.schema.json",
        "title": "The settings of stbank ingest",
        "description": "Keys and values of --set, or of `set` in a recipe. #/$defs/FORMAT holds those of one format.",
        "anyOf": [{"$ref": f"#/$defs/{format['format']}"} for format in formats],
        "$defs": {
            format["format"]: {
                "description": f"Reader version {format['version']}.",
                "type": "object",
                "additionalProperties": False,
                "properties": {option["key"]: setting(option) for option in format["options"]},
            }
            for format in formats
        },
    }


def text(stbank: str | Path) -> str:
    return json.dumps(schema(formats(stbank)), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(sys.argv[1]))

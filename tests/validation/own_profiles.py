"""Validators over profiles and value sets written for a test, on top of the real base types."""

import json
import shutil
from pathlib import Path
from typing import Any

from fhirpa.validation import Finding, Validator, load_set

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
CORE = "hl7.fhir.r4.core-4.0.1"
URL = "http://example.org/p"
KNOWN_SET = "http://example.org/known"
UNKNOWN_SET = "http://example.org/unknown"
_SETS = {KNOWN_SET: {"codes": {"urn:s": ["a", "b"]}}}


def row(kind: str, children: Json, **more: Any) -> Json:
    """A profile on a type, in the table format of profiles/README.md."""
    return {"type": kind, "base": kind, "root": {"children": children}} | more


def validator(folder: Path, profiles: Json) -> Validator:
    """A validator that knows these profiles (rows by canonical url) and KNOWN_SET (codes a, b of urn:s)."""
    (folder / "sets").mkdir(parents=True)
    (folder / "tables").mkdir()
    shutil.copy(ROOT / "profiles" / "tables" / f"{CORE}.json", folder / "tables")
    made = {"format": 1, "ig": "own#1", "tables": ["own", CORE], "aliases": {}, "missing": {}}
    (folder / "sets" / "own.json").write_text(json.dumps(made))
    lines = ['"format":1']
    lines += [f'"profile {url}|1":{json.dumps(content)}' for url, content in profiles.items()]
    lines += [f'"valueset {url}|1":{json.dumps(content)}' for url, content in _SETS.items()]
    (folder / "tables" / "own.json").write_text("{" + ",\n".join(lines) + "\n}")
    return Validator(load_set("own", folder))


def findings(folder: Path, children: Json, resource: Json, **others: Json) -> tuple[Finding, ...]:
    """Of a resource against a profile with these children; `others`: rows by the end of their url."""
    profiles = {URL: row(resource["resourceType"], children)}
    profiles |= {f"http://example.org/{name}": content for name, content in others.items()}
    return validator(folder, profiles).validate(resource, URL).issues


def errors(folder: Path, children: Json, resource: Json, **others: Json) -> list[tuple[str, str | None]]:
    """Kind and place of the errors among the findings."""
    return [(str(f.kind), f.expression) for f in findings(folder, children, resource, **others) if f.is_error]

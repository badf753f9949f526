"""Loading the rules: YAML files, checked by JSON Schema and against each other, become one RuleSet."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from fhirpa.policies.build import build_rules
from fhirpa.policies.build_appeals import build_after
from fhirpa.policies.cross_check import cross_check
from fhirpa.policies.load_turnaround import TurnaroundFileError, load_turnaround
from fhirpa.policies.yaml_file import RulesError, read_yaml
from fhirpa.um.rules import RuleSet

__all__ = ["RulesError", "load_rules"]

_SINGLE = (
    "programme",
    "gold_card",
    "places",
    "services",
    "information",
    "reasons",
    "texts",
    "education",
    "errors",
    "measures",
    "criteria",
    "diagnosis_groups",
    "appeals",
)
_FOLDERS = {"plans": "plan", "policies": "policy"}
_HASH_LENGTH = 12


def load_rules(folder: Path | None = None) -> RuleSet:
    """The rules of a folder, or those that come with the package.

    Raises RulesError, which names file, place and fault, for a file that is missing, does not fit its
    schema, or names something that no file defines. `version` is the start of the content's hash and the
    latest effective date.
    """
    if folder is not None:
        return _load(folder)
    with as_file(files("fhirpa.policies")) as inside:
        return _load(inside)


def _load(folder: Path) -> RuleSet:
    digest = hashlib.sha256()
    single: dict[str, Any] = {}
    for name in _SINGLE:
        single[name] = _checked(folder / f"{name}.yaml", name, digest)
    many: dict[str, list[tuple[str, Any]]] = {}
    for name, schema in _FOLDERS.items():
        paths = sorted((folder / name).glob("*.yaml"))
        if not paths:
            raise RulesError(f"{name}/: no file there")
        many[name] = [(f"{name}/{p.name}", _checked(p, schema, digest)) for p in paths]
    cross_check(single, many["plans"], many["policies"])
    try:
        turnaround = load_turnaround(folder)
    except TurnaroundFileError as error:
        raise RulesError(str(error)) from error
    plans = [content for _, content in many["plans"]]
    policies = [content for _, content in many["policies"]]
    latest = max(content["effective"] for content in policies)
    for name in ("turnaround", "holidays"):
        digest.update((folder / f"{name}.yaml").read_bytes())
    rules = build_rules(single, plans, policies, f"{digest.hexdigest()[:_HASH_LENGTH]}@{latest}")
    return replace(rules, turnaround=turnaround, after=build_after(single["appeals"], turnaround))


def _checked(path: Path, schema: str, digest: "hashlib._Hash") -> Any:
    content = read_yaml(path)
    digest.update(path.name.encode())
    digest.update(path.read_bytes())
    faults = list(_faults(path.name, content, schema))
    if faults:
        raise RulesError("\n".join(faults))
    return content


def _faults(name: str, content: Any, schema: str) -> Iterator[str]:
    for error in sorted(_validator(schema).iter_errors(content), key=lambda e: e.json_path):
        yield f"{name}: {error.json_path.removeprefix('$').lstrip('.') or 'the file'}: {error.message}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = files("fhirpa.policies").joinpath("schema", f"{schema}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))

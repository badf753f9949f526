"""Loading the rules: YAML files, checked by JSON Schema and against each other, become one RuleSet."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Any

from jsonschema import Draft202012Validator

from fhirpa.policies.build import build_rules
from fhirpa.policies.build_appeals import build_after
from fhirpa.policies.cross_check import cross_check
from fhirpa.policies.load_turnaround import TurnaroundFileError, load_turnaround
from fhirpa.policies.yaml_file import RulesError, read_yaml
from fhirpa.um.rules import RuleSet, RuleSource

__all__ = ["RulesError", "load_rule_files", "load_rules", "source_of"]

_SINGLE = (
    "programme",
    "gold_card",
    "places",
    "services",
    "information",
    "questionnaire",
    "reasons",
    "texts",
    "education",
    "errors",
    "measures",
    "criteria",
    "diagnosis_groups",
    "appeals",
)
_CLOCKS = ("turnaround", "holidays")
_FOLDERS = {"plans": "plan", "policies": "policy"}
_HASH_LENGTH = 12


def load_rules(folder: Path | None = None) -> RuleSet:
    """The rules of a folder, or those that come with the package.

    Raises RulesError, which names file, place and fault, for a file that is missing, does not fit its
    schema, or names something that no file defines. `version` is the start of the content's hash and the
    latest effective date; `source` holds the files themselves.
    """
    if folder is not None:
        return _load(folder)
    with as_file(files("fhirpa.policies")) as inside:
        return _load(inside)


def load_rule_files(content: Mapping[str, bytes]) -> RuleSet:
    """The rules of files that were kept, by path as in `RuleSet.source`: equal to those they were kept from.

    Raises RulesError as `load_rules` does, and for a path that leads out of the folder.
    """
    with tempfile.TemporaryDirectory(prefix="fhirpa-rules-") as name:
        folder = Path(name)
        for path, data in content.items():
            parts = PurePosixPath(path)
            if parts.is_absolute() or ".." in parts.parts:
                raise RulesError(f"{path}: not a path of a rules file")
            target = folder / parts
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return _load(folder)


def source_of(content: Mapping[str, bytes]) -> RuleSource:
    """Files by path, in the order of their paths, with the digest over all."""
    ordered = dict(sorted(content.items()))
    digest = hashlib.sha256()
    for path, data in ordered.items():
        digest.update(f"{path}\n{len(data)}\n".encode())
        digest.update(data)
    return RuleSource(digest.hexdigest(), ordered)


def _load(folder: Path) -> RuleSet:
    single = {name: _checked(folder / f"{name}.yaml", name) for name in _SINGLE}
    many: dict[str, list[tuple[str, Any]]] = {}
    for name, schema in _FOLDERS.items():
        paths = sorted((folder / name).glob("*.yaml"))
        if not paths:
            raise RulesError(f"{name}/: no file there")
        many[name] = [(f"{name}/{p.name}", _checked(p, schema)) for p in paths]
    cross_check(single, many["plans"], many["policies"])
    try:
        turnaround = load_turnaround(folder)
    except TurnaroundFileError as error:
        raise RulesError(str(error)) from error
    plans = [content for _, content in many["plans"]]
    policies = [content for _, content in many["policies"]]
    latest = max(content["effective"] for content in policies)
    source = _source(folder)
    rules = build_rules(single, plans, policies, f"{source.digest[:_HASH_LENGTH]}@{latest}")
    after = build_after(single["appeals"], turnaround)
    return replace(rules, turnaround=turnaround, after=after, source=source)


def _source(folder: Path) -> RuleSource:
    """Every file that the rules are made of."""
    paths = [folder / f"{name}.yaml" for name in (*_SINGLE, *_CLOCKS)]
    paths += [p for name in _FOLDERS for p in (folder / name).glob("*.yaml")]
    return source_of({p.relative_to(folder).as_posix(): p.read_bytes() for p in paths})


def _checked(path: Path, schema: str) -> Any:
    content = read_yaml(path)
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

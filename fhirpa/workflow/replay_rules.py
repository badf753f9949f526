"""Where the rules of a replay come from: a folder, one file, a version that was kept."""

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath

from fhirpa.policies.content import OWN
from fhirpa.policies.load import RulesError, load_rule_files, load_rules, source_of
from fhirpa.policies.yaml_file import parse_yaml, read_yaml
from fhirpa.store import Unit
from fhirpa.um.rules import RuleSet, RuleSource
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot

_POLICIES = "policies/"


class NoSuchRules(ValueError):
    """Neither a folder, nor a file, nor one version of rules that decided here."""


def find_rules(services: Services, name: str) -> RuleSet:
    """The rules of a folder; those of this server with one file in place of its own; or a kept version.

    A version may be given by its beginning. Raises NoSuchRules, and RulesError for files that cannot be used.
    """
    path = Path(name or os.devnull)
    if path.is_dir():
        return load_rules(path)
    if path.is_file():
        return _with_file(services.rules.source, path)
    return _version(services, name)


def kept_rules(unit: Unit, version: str, current: RuleSet) -> RuleSet | None:
    """The rules of a version as they were kept; None: not kept. `current` are taken if of the same files.

    Raises RulesError if the kept files are not whole, or this program cannot use them.
    """
    kept = unit.kept_rules(version)
    if kept is None:
        return None
    source = source_of(kept.files)
    if source.digest != kept.digest:
        raise RulesError(f"the kept files of {kept.version} are not those that were kept then")
    rules = current if source == current.source else load_rule_files(source.files)
    return replace(rules, version=kept.version)


def _version(services: Services, name: str) -> RuleSet:
    current = services.rules.version
    with snapshot(services) as unit:
        known = unit.rules_versions()
        matching = {x for x in (*known, current) if name and x.startswith(name)}
        if matching == {current}:
            return services.rules
        found = kept_rules(unit, matching.pop(), services.rules) if len(matching) == 1 else None
    if found is not None:
        return found
    if matching:
        raise NoSuchRules(f"{name} begins more than one version: {', '.join(sorted(matching))}")
    raise NoSuchRules(
        f"{name} is no folder, no file, and no version that decided here ({', '.join(known) or 'none did'})"
    )


def _with_file(source: RuleSource, path: Path) -> RuleSet:
    """A policy takes the place of those with its id, or is added; any other file that of the same name."""
    content = read_yaml(path)
    paths = (x for x in source.files if x.removeprefix(OWN).startswith(_POLICIES))
    policies = {x: parse_yaml(x, source.files[x]) for x in paths}
    places = [x for x in source.files if x not in policies and PurePosixPath(x).name == path.name]
    files = dict(source.files)
    if places:
        files[places[0]] = path.read_bytes()
    elif isinstance(content, dict) and "id" in content:
        for place, policy in policies.items():
            if policy["id"] == content["id"]:
                del files[place]
        files[f"{_POLICIES}{path.name}"] = path.read_bytes()
    else:
        raise RulesError(f"{path.name}: no policy (it has no id), and no file of the rules has this name")
    return load_rule_files(files)

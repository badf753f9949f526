"""The files of rules as read and checked: a whole set, and a payer's own directory laid over it.

In a payer's directory (`own/`) a policy or a plan is added, or replaces the one in a file of the same name;
entries of the files of `LAID_OVER` are added or replaced by key; overrides change numbers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fhirpa.policies.cross_check import cross_check, role_faults
from fhirpa.policies.dated import Dated, changes, date_faults, versions_on
from fhirpa.policies.load_turnaround import TurnaroundFileError, load_turnaround
from fhirpa.policies.overrides import DayPolicies, lay_over, target_faults
from fhirpa.policies.schema_check import schema_faults
from fhirpa.policies.yaml_file import RulesError, line_of, parse_yaml
from fhirpa.um.clock import TurnaroundRules

Json = Mapping[str, Any]
Named = tuple[str, Any]
SINGLE = (
    "programme",
    "gold_card",
    "places",
    "services",
    "information",
    "questionnaire",
    "appeals",
    "reasons",
    "texts",
    "education",
    "errors",
    "measures",
    "criteria",
    "attention",
    "diagnosis_groups",
)
CLOCKS = ("turnaround", "holidays")
LAID_OVER = ("criteria", "diagnosis_groups", "education", "information", "measures")
OWN = "own/"
_FOLDERS = {"plans": "plan", "policies": "policy", "overrides": "override"}
_CASES = "cases"
_OWN = re.compile(rf"(?<![\w/]){OWN}")  # payers call their files without it


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the files say, checked; `files` are they by path, those of the payer below 'own/'."""

    files: Mapping[str, bytes]
    single: Mapping[str, Any]
    plans: tuple[Named, ...]
    policies: tuple[Dated, ...]
    overrides: tuple[Dated, ...]
    turnaround: TurnaroundRules

    @property
    def changes(self) -> tuple[date, ...]:
        """The days on which other rules than before are in force."""
        return changes((*self.policies, *self.overrides))

    def in_force(self, day: date) -> tuple[Dated, ...]:
        """The versions of policies and the overrides that are in force on a day."""
        held = (o for o in self.overrides if o.holds_on(day))
        return (*versions_on(self.policies, day).values(), *held)

    def on(self, day: date) -> tuple[DayPolicies, list[str]]:
        """The policies of a day with what is laid over them, and the faults of that."""
        found = {key: dict(x.content) for key, x in versions_on(self.policies, day).items()}
        held = [o for o in self.overrides if o.holds_on(day)]
        return lay_over(found, held, [p for _, p in self.plans], self.single["criteria"])


def read_content(folder: Path, own: Path | None = None) -> Content:
    """The rules of a folder, with a payer's directory over it.

    Raises RulesError with every fault: file, line, place and what is wrong.
    """
    reader = _Reader()
    single = {name: reader.single(folder, own, name) for name in SINGLE}
    found = {name: reader.folder(folder, own, name) for name in _FOLDERS}
    for name in ("plans", "policies"):
        if not found[name]:
            reader.faults.append(f"{name}/: no file there")
    reader.strange(own)
    turnaround = reader.turnaround(folder)
    dated = {name: reader.dated(found[name]) for name in ("policies", "overrides")}
    if turnaround is None or None in single.values():
        raise RulesError(*reader.told())
    plans, policies, overrides = found["plans"], dated["policies"], dated["overrides"]
    content = Content(reader.files, single, tuple(plans), policies, overrides, turnaround)
    reader.faults += cross_check(single, plans, [(x.file, x.content) for x in policies])
    reader.faults += date_faults(policies)
    known = [p.content["id"] for p in policies]
    reader.faults += target_faults(overrides, [p for _, p in plans], known)
    if not reader.faults:
        reader.faults += _by_day(content)
    if reader.faults:
        raise RulesError(*reader.told())
    return content


def _by_day(content: Content) -> list[str]:
    """Faults of the rules of single days: what one version lacks, two overrides that meet."""
    faults: list[str] = []
    for day in content.changes:
        policies, wrong = content.on(day)
        faults += wrong
        faults += role_faults(list(policies.common.values()), day)
    return list(dict.fromkeys(faults))


class _Reader:
    """Reads files and gathers every fault; `files` are the bytes read, by path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[str] = []

    def single(self, folder: Path, own: Path | None, name: str) -> Any:
        """A file that stands once, with the payer's entries over it; None where one has a fault."""
        base = self._read(folder / f"{name}.yaml", f"{name}.yaml", name)
        if own is None or name not in LAID_OVER or not (own / f"{name}.yaml").exists():
            return base
        over = self._read(own / f"{name}.yaml", f"{OWN}{name}.yaml", name)
        return None if base is None or over is None else _laid(base, over)

    def folder(self, folder: Path, own: Path | None, name: str) -> list[Named]:
        """The files of a folder that fit their schema; the payer's stand for those of the same name."""
        paths = {p.relative_to(folder).as_posix(): p for p in (folder / name).rglob("*.yaml")}
        names = {path: path for path in paths}
        for p in (own / name).rglob("*.yaml") if own is not None else ():
            path = p.relative_to(own).as_posix()  # type: ignore[arg-type]
            paths[path], names[path] = p, OWN + path
        read = [(names[x], self._read(paths[x], names[x], _FOLDERS[name])) for x in sorted(paths)]
        return [(path, content) for path, content in read if content is not None]

    def strange(self, own: Path | None) -> None:
        """Files of a payer's directory that nothing reads."""
        if own is None:
            return
        allowed = {f"{name}.yaml" for name in LAID_OVER}
        for path in sorted(p.relative_to(own) for p in own.rglob("*.yaml")):
            if path.parts[0] not in (*allowed, *_FOLDERS, _CASES, OWN.rstrip("/")):
                self.faults.append(f"{path.as_posix()}: not a file of a payer's directory")

    def turnaround(self, folder: Path) -> TurnaroundRules | None:
        """The clocks; None where they have a fault."""
        for name in CLOCKS:
            path = folder / f"{name}.yaml"
            if path.exists():
                self.files[path.name] = path.read_bytes()
        try:
            return load_turnaround(folder)
        except TurnaroundFileError as error:
            self.faults += error.faults
            return None

    def dated(self, found: Iterable[Named]) -> tuple[Dated, ...]:
        """The files with their days; one whose day no calendar has is a fault."""
        out = []
        for name, content in found:
            try:
                out.append(Dated.of(name, content))
            except ValueError as error:
                self.faults.append(f"{name}: effective: {error} ({content['effective']})")
        return tuple(out)

    def told(self) -> list[str]:
        """Every fault once, with the line where its place is in the file."""
        return [self._located(x) for x in dict.fromkeys(self.faults)]

    def _read(self, path: Path, name: str, schema: str) -> Any:
        try:
            data = path.read_bytes()
        except OSError as error:
            self.faults.append(f"{name}: {error.strerror}")
            return None
        self.files[name] = data
        try:
            content = parse_yaml(name.removeprefix(OWN), data)
        except RulesError as error:
            self.faults += error.faults
            return None
        wrong = list(schema_faults(name, content, schema))
        self.faults += wrong
        return None if wrong else content

    def _located(self, fault: str) -> str:
        """A fault with the line of its place; the payer's file is called as they call it."""
        name, _, rest = fault.partition(": ")
        place, _, _ = rest.partition(": ")
        tried = [line_of(self.files[n], place) for n in (OWN + name, name) if n in self.files]
        line, _ = max(tried, key=lambda x: x[1], default=(0, 0))
        told = f"{name}, line {line}: {rest}" if line else f"{name}: {rest}"
        return _OWN.sub("", told)


def _laid(base: Any, over: Any) -> Any:
    """The payer's entries over those of the package: by key; groups by id, new ones before all others."""
    if isinstance(base, dict):
        return {**base, **over}
    replaced = {group["id"]: group for group in over}
    known = {group["id"] for group in base}
    return [*(g for g in over if g["id"] not in known), *(replaced.get(g["id"], g) for g in base)]

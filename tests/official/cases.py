"""What both validators are asked: guide examples, payloads of the public suite, our fixtures and answers."""

from __future__ import annotations

import json
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.official.prepare import HERE, NotReady
from tests.official.subjects import read_subjects, subjects_in

ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Case:
    """One resource: source, name there, the guide to judge it by, a profile to meet, its bytes."""

    source: str
    name: str
    guide: str
    profile: str
    body: bytes

    @property
    def label(self) -> str:
        """How the report names it."""
        return f"{self.source}/{self.name}"


def examples(packages: Path) -> Iterator[Case]:
    """Every example of every package that some guide's tables can judge; sources.toml says which.

    Raises NotReady where a package is missing.
    """
    table = tomllib.loads((HERE / "sources.toml").read_text())
    for package, guide in table["examples"].items():
        file = packages / f"{package}.tgz"
        if not file.exists():
            raise NotReady(f"package {file} is missing")
        with tarfile.open(file) as archive:
            for member in sorted(archive.getmembers(), key=lambda m: m.name):
                if "/example/" not in member.name or not member.name.endswith(".json"):
                    continue
                content = archive.extractfile(member)
                assert content is not None
                yield from _cases(package, Path(member.name).stem, guide, content.read())


def payloads(folder: Path) -> Iterator[Case]:
    """What the public suite sends as a client and answers as a server."""
    table = tomllib.loads((HERE / "sources.toml").read_text())
    for suite, guide in table["payloads"].items():
        for file in sorted((folder / suite).glob("*.json")):
            kind = "inquiry" if "inquire" in file.stem else "submit"
            for subject in read_subjects(file, kind):
                name = file.stem + subject.label.removeprefix(str(file))
                body = file.read_bytes() if subject.file else json.dumps(subject.resource).encode()
                yield Case(suite, name, guide, subject.profile, body)


def fixtures() -> Iterator[Case]:
    """The request bundles of this project, wrong ones too."""
    for guide in ("2.0.1", "2.2.1"):
        for file in sorted((ROOT / "fixtures" / guide / "json").glob("*.json")):
            yield from _cases(f"fixtures-{guide}", file.stem, guide, file.read_bytes())


def answers(folder: Path) -> Iterator[Case]:
    """The responses that samples.py wrote into a folder."""
    for guide in ("2.0.1", "2.2.1"):
        for file in sorted((folder / guide).glob("*.json")):
            yield from _cases(f"answers-{guide}", file.stem, guide, file.read_bytes())


def _cases(source: str, name: str, guide: str, body: bytes) -> Iterator[Case]:
    data: Any = json.loads(body)
    for subject in subjects_in("", data, "auto"):
        whole = subject.resource is data
        content = body if whole else json.dumps(subject.resource).encode()
        yield Case(source, name + subject.label, guide, subject.profile, content)

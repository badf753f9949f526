"""Where known resources come from: fixtures, answers of this server, examples and definitions.

Packages and payloads lie beside the repository in ../shared (or in FHIRPA_SHARED); else there are none.
"""

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from fhirpa.validation import Validator, load_set
from tests.official import samples

Json = dict[str, Any]

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = Path(os.environ.get("FHIRPA_SHARED", ROOT.parent / "shared"))
PACKAGES: Final = SHARED / "packages"
PAYLOADS: Final = SHARED / "pas" / "payloads"
SETS: Final = ("pas-2.0.1", "pas-2.2.1")

# Packages whose profiles the set of PAS 2.2.1 holds in their own version; the others are judged by
# that of 2.0.1, which reaches the older versions.
_BY_2_2_1: Final = frozenset(
    {
        "hl7.fhir.us.davinci-pas#2.2.1",
        "hl7.fhir.us.core#6.1.0",
        "hl7.fhir.us.core#7.0.0",
    }
)


@dataclass(frozen=True, slots=True)
class Known:
    """One resource: the package, suite or folder it is from, its name there, and the set that judges it."""

    source: str
    name: str
    set: str
    resource: Json


@cache
def validator(set_name: str) -> Validator:
    """One validator per set for all tests of a run."""
    return Validator(load_set(set_name))


def fixtures() -> Iterator[Known]:
    """The request bundles of this repository, wrong ones too."""
    for version in ("2.0.1", "2.2.1"):
        for file in sorted((ROOT / "fixtures" / version / "json").glob("*.json")):
            yield Known("fixtures", file.stem, f"pas-{version}", json.loads(file.read_bytes()))


def answers(folder: Path) -> Iterator[Known]:
    """Responses of this server, one per situation and version, written to `folder` on the way."""
    samples.main(folder)
    for version in ("2.0.1", "2.2.1"):
        for file in sorted((folder / version).glob("*.json")):
            yield Known("answers", file.stem, f"pas-{version}", json.loads(file.read_bytes()))


def examples(pattern: str = "*") -> Iterator[Known]:
    """The examples of the packages that fit."""
    yield from _of_packages(pattern, "package/example/")


def definitions(pattern: str = "*") -> Iterator[Known]:
    """The conformance resources of the packages that fit: profiles, value sets, search parameters…"""
    yield from _of_packages(pattern, "package/")


def judge(source: str) -> str:
    """The set that judges a package."""
    return "pas-2.2.1" if source in _BY_2_2_1 else "pas-2.0.1"


def _of_packages(pattern: str, folder: str) -> Iterator[Known]:
    for path in sorted(PACKAGES.glob(f"{pattern}.tgz")):
        with tarfile.open(path) as archive:
            for member in archive:
                name = member.name.removeprefix(folder)
                if member.name.endswith(".json") and member.name.startswith(folder) and "/" not in name:
                    content = archive.extractfile(member)
                    assert content is not None
                    resource = json.load(content)
                    if isinstance(resource, dict) and "resourceType" in resource:
                        stem = name.removesuffix(".json")
                        yield Known(path.stem, stem, judge(path.stem), resource)

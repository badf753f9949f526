"""The folder of fixtures: one request per scenario, version and format, an index, a README and a roster."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fhirpa.fhir.codec import FORMATS, encode
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_terms import Json
from fhirpa.testkit.fixtures_readme import readme
from fhirpa.testkit.fixtures_roster import Listed, members_csv, providers_csv, staff_csv
from fhirpa.testkit.guide import GUIDES, Guide
from fhirpa.testkit.scenario import Scenario
from fhirpa.testkit.scenarios import CHAPTERS, SCENARIOS


@dataclass(frozen=True, slots=True)
class Fixture:
    """One request file: a scenario in one version and one format, with a member of its own."""

    scenario: Scenario
    guide: Guide
    format: str

    @property
    def file(self) -> str:
        """Path in the folder."""
        return f"{self.guide.label}/{self.format}/{self.scenario.name}.{self.format}"

    @property
    def identity(self) -> Identity:
        """The numbers and names of this file."""
        return Identity(f"{self.scenario.name}/{self.guide.label}/{self.format}")

    def resource(self) -> Json:
        """The body: a PAS Request Bundle, unless the scenario is about something else."""
        bundle = build(self.scenario.request, self.guide, self.identity)
        return self.scenario.bend(bundle) if self.scenario.bend else bundle

    def index_entry(self) -> Json:
        """What index.json says of it."""
        return {
            "file": self.file,
            "version": self.guide.label,
            "format": self.format,
            "mode": self.scenario.mode,
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "fresh": self.scenario.fresh,
            "expected": self.scenario.expected.as_json(),
        }


def all_fixtures() -> Iterator[Fixture]:
    """Every fixture, version by version."""
    for guide in GUIDES.values():
        for kind in FORMATS:
            for scenario in SCENARIOS:
                yield Fixture(scenario, guide, kind)


def fixture_files() -> dict[str, bytes]:
    """Every file of the folder by its path in it; the same on every machine and on every day."""
    fixtures = tuple(all_fixtures())
    files = {f.file: encode(f.resource(), f.format, pretty=True).rstrip() + b"\n" for f in fixtures}
    files["index.json"] = _listed([f.index_entry() for f in fixtures])
    files["README.md"] = readme(CHAPTERS).encode()
    files["roster/members.csv"] = members_csv(
        Listed(f.scenario.request, f.identity, f.scenario.enrolled) for f in fixtures if f.scenario.enrolled
    )
    files["roster/providers.csv"] = providers_csv()
    files["roster/staff.csv"] = staff_csv()
    return files


def write_fixtures(folder: Path) -> int:
    """Write all files into `folder`; request files that are no longer made are removed. Returns how many."""
    files = fixture_files()
    for guide in GUIDES:
        for old in [p for p in (folder / guide).rglob("*") if p.is_file()]:
            if old.relative_to(folder).as_posix() not in files:
                old.unlink()
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return len(files)


def _listed(index: list[Json]) -> bytes:
    """The index as a JSON list with one line per fixture."""
    lines = b",\n  ".join(encode(entry, "json") for entry in index)
    return b"[\n  " + lines + b"\n]\n"

"""Reading fixtures/index.json: which request belongs to which server, and what is to come of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from fhirpa.fhir.codec import decode, encode
from fhirpa.testkit.builder_terms import Json
from fhirpa.testkit.fresh import Scope, fresh


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the index. `expected` has one key: lines, error or status."""

    path: Path
    version: str
    format: str
    mode: str
    scenario: str
    title: str
    fresh: Scope
    expected: Json

    def body(self, token: str | None = None) -> bytes:
        """The request as it lies in the folder or, with a token, a fresh copy of it in the same format."""
        body = self.path.read_bytes()
        if token is None or self.fresh is Scope.UNCHANGED:
            return body
        return encode(fresh(decode(body, self.format), token, self.fresh), self.format)


def load_index(folder: Path) -> tuple[IndexEntry, ...]:
    """All fixtures of a folder. Raises OSError or ValueError if there is no readable index."""
    return tuple(
        IndexEntry(
            path=folder / entry["file"],
            version=entry["version"],
            format=entry["format"],
            mode=entry["mode"],
            scenario=entry["scenario"],
            title=entry["title"],
            fresh=Scope(entry["fresh"]),
            expected=entry["expected"],
        )
        for entry in json.loads((folder / "index.json").read_text())
    )

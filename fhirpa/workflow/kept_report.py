"""The validation report as it is kept beside an exchange, and as it is read again."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from fhirpa.config import ValidationLevel
from fhirpa.fhir.json_codec import dump_json
from fhirpa.workflow.judging import Found
from fhirpa.workflow.verdicts import Verdict

MAX_BYTES: Final = 256 * 1024  # not compressed; the tables say at most 1000 things, some 300 bytes each
_FRAME: Final = 100  # bytes around the findings
_LONGEST_TEXT: Final = 600
_NAMES: Final = tuple(f.name for f in fields(Found))
_RANK: Final[Mapping[Verdict, int]] = {Verdict.REFUSED: 0, Verdict.DECISION: 1, Verdict.NOTED: 2}


@dataclass(frozen=True, slots=True)
class RequestReport:
    """What was found in one request. `level` is None where the body could not be decoded."""

    level: ValidationLevel | None
    found: tuple[Found, ...]

    def refused(self) -> tuple[Found, ...]:
        """What makes it a 4xx."""
        return tuple(f for f in self.found if f.verdict is Verdict.REFUSED)

    def tally(self) -> tuple[tuple[str, str, int], ...]:
        """How many findings of each kind had each verdict, for the metrics."""
        counts = Counter((f.kind, f.verdict.value) for f in self.found)
        return tuple((kind, verdict, count) for (kind, verdict), count in counts.items())

    def to_json(self) -> bytes:
        """As JSON of at most MAX_BYTES; what weighs least is left out first, and counted."""
        rows = [_row(f) for f in self.found]
        size = sum(map(len, rows)) + len(rows)
        order = sorted(range(len(rows)), key=lambda n: (_RANK[self.found[n].verdict], n))
        left_out: set[int] = set()
        while size > MAX_BYTES - _FRAME:
            last = order.pop()
            left_out.add(last)
            size -= len(rows[last]) + 1
        kept = [row for n, row in enumerate(rows) if n not in left_out]
        head = dump_json({"level": self.level.value if self.level else None, "leftOut": len(left_out)})
        return head[:-1] + b',"findings":[' + b",".join(kept) + b"]}"


def read_report(text: bytes) -> dict[str, Any]:
    """The JSON object again: level, leftOut and findings; empty if nothing was kept."""
    return dict(json.loads(text)) if text else {}


def _row(found: Found) -> bytes:
    values = ((name, getattr(found, name)) for name in _NAMES)
    return dump_json({name: value[:_LONGEST_TEXT] for name, value in values if value is not None})

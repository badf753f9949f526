"""The report as JSON: a list with one object per document, each with an OperationOutcome."""

import json

from fhirpa.cli.validating.check import Checked
from fhirpa.cli.validating.reporter import Summary, Write
from fhirpa.validation.finding import outcome


class JsonReporter:
    """Objects with `file`, `line` (of an NDJSON file), `guide`, `valid` and `outcome`."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._is_first = True

    def add(self, one: Checked) -> None:
        """One object; nothing for what holds no FHIR resource."""
        if one.is_skipped:
            return
        row: dict[str, object] = {"file": one.name}
        if one.line is not None:
            row["line"] = one.line
        row |= {"guide": one.guide, "valid": one.is_valid, "outcome": outcome(one.found)}
        self._write(("[" if self._is_first else ",") + "\n" + json.dumps(row, indent=2))
        self._is_first = False

    def close(self, summary: Summary) -> None:
        """The end of the list."""
        self._write("[]" if self._is_first else "]")

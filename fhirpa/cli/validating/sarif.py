"""The report as SARIF 2.1.0, as code scanning services take it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/. A rule of ours is a SARIF rule, with `kind/key` as its id.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fhirpa import __version__
from fhirpa.cli.validating.check import Checked
from fhirpa.cli.validating.reporter import Summary, Write
from fhirpa.validation import Finding, Placed

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"fatal": "error", "error": "error", "warning": "warning", "information": "note"}


class SarifReporter:
    """Gathers all results: rules stand before them."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rules: dict[str, int] = {}
        self._results: list[dict[str, Any]] = []
        self._artifacts: dict[str, None] = {}

    def add(self, one: Checked) -> None:
        """The findings of one document."""
        if one.is_skipped:
            return
        uri = _uri(one.name)
        self._artifacts[uri] = None
        self._results += [self._result(one, each, uri) for each in one.found]

    def close(self, summary: Summary) -> None:
        """Write it all."""
        driver = {
            "name": "fhirpa validate",
            "version": __version__,
            "rules": [_rule(name) for name in self._rules],
        }
        run = {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": True}],
            "columnKind": "unicodeCodePoints",
            "artifacts": [{"location": {"uri": uri}} for uri in self._artifacts],
            "results": self._results,
        }
        self._write(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))

    def _result(self, one: Checked, each: Placed, uri: str) -> dict[str, Any]:
        finding = each.finding
        region = {"startLine": one.line or 1}
        if each.position:
            region = {"startLine": each.position.line, "startColumn": each.position.column}
        location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
        if finding.expression:
            location["logicalLocations"] = [{"fullyQualifiedName": finding.expression, "kind": "element"}]
        properties = {
            "guide": one.guide,
            "code": finding.code,
            "profile": finding.profile,
            "key": finding.key,
        }
        return {
            "ruleId": finding.rule,
            "ruleIndex": self._rules.setdefault(finding.rule, len(self._rules)),
            "level": _LEVELS[finding.severity],
            "message": {"text": finding.text},
            "locations": [location],
            "partialFingerprints": {"fhirpaFinding/v1": _fingerprint(uri, finding)},
            "properties": {name: value for name, value in properties.items() if value},
        }


def _rule(name: str) -> dict[str, Any]:
    kind, _, key = name.partition("/")
    text = f"Invariant {key}" if kind == "invariant" else f"{kind.capitalize()}: {key.replace('-', ' ')}"
    return {"id": name, "shortDescription": {"text": text}, "properties": {"tags": ["FHIR", kind]}}


def _fingerprint(uri: str, finding: Finding) -> str:
    """The same for the same finding, wherever in the file it moves."""
    parts = (uri, finding.rule, finding.expression or "", finding.profile or "", finding.text)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _uri(name: str) -> str:
    """Relative where the name is, with forward slashes."""
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))

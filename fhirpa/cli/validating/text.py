"""The report for people: each finding with its place, its source line and what to mend; errors first."""

import re
from typing import Final

import click

from fhirpa.cli.validating.check import SEVERITIES, Checked
from fhirpa.cli.validating.reporter import Summary, Write, counted
from fhirpa.validation import Finding, Placed

_COLOURS: Final = {"fatal": "red", "error": "red", "warning": "yellow", "information": "cyan"}
_LABELS: Final = {"fatal": "error", "information": "note"}
_WIDTH: Final = 100
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|</?[\w:.\-]+|[^\s"{}\[\],:<>]+')


class TextReporter:
    """Text with colours where `colours` says so. What is valid and has no warnings takes one line."""

    def __init__(self, write: Write, colours: bool) -> None:
        self._write = write
        self._colours = colours

    def add(self, one: Checked) -> None:
        """A line for the document, then its findings; a good line of an NDJSON file is not worth one."""
        if one.is_skipped or (one.line is not None and not one.reaches("warning")):
            return
        self._write(self._headline(one))
        for severity in reversed(SEVERITIES[1:]):
            for each in one.found:
                if each.finding.severity == severity:
                    self._write("\n".join(self._lines(one, each)))
        for note in self._notes(one):
            self._write(note)

    def close(self, summary: Summary) -> None:
        """The sums, if there was more than one document."""
        if summary.documents + summary.skipped > 1:
            is_good = summary.valid == summary.documents
            self._write(self._style(str(summary), fg="green" if is_good else "red", bold=True))

    def _headline(self, one: Checked) -> str:
        where = self._style(_visible(one.where), bold=True)
        if one.guide is None:
            return f"{where}: {self._style('not readable as FHIR', fg='red')}"
        verdict = (
            self._style("valid", fg="green")
            if one.is_valid
            else self._style("NOT VALID", fg="red", bold=True)
        )
        sums = ", ".join(
            counted(one.count(severity), noun)
            for severity, noun in (("error", "error"), ("warning", "warning"), ("information", "note"))
        )
        assumed = self._style(" (assumed; --ig names another)", dim=True) if one.is_assumed else ""
        return f"{where}: {verdict} by {one.guide}{assumed}: {sums}"

    def _lines(self, one: Checked, each: Placed, more: str = "") -> list[str]:
        finding = each.finding
        label = _LABELS.get(finding.severity, finding.severity)
        place = _visible(one.name)
        if each.position:
            place = f"{place}:{each.position.line}:{each.position.column}"
        label = self._style(label, fg=_COLOURS[finding.severity], bold=finding.is_error)
        lines = [f"  {place}: {label}: {finding.expression or 'the whole text'}{more}"]
        lines += self._excerpt(one, each)
        if finding.severity == "information":
            return [*lines, f"      {finding.text} {self._style(f'[{finding.rule}]', dim=True)}"]
        return [*lines, f"      {finding.text}", self._style(f"      {_source(finding)}", dim=True)]

    def _excerpt(self, one: Checked, each: Placed) -> list[str]:
        """The line of the source, or the part of it around the place, and a mark below."""
        line = one.excerpts.get(each.position.line) if each.position else None
        if each.position is None or not line:
            return []
        at = min(each.position.column - 1, len(line))
        start = 0 if at < _WIDTH - 20 else at - 20
        shown = _CONTROL.sub(" ", line[start : start + _WIDTH])
        token = _TOKEN.match(line, at)
        width = min(len(token[0]) if token else 1, start + _WIDTH - at)
        number = str(each.position.line)
        stripped = len(shown) - len(shown.lstrip()) if start == 0 else 0
        before, after = ("…" if start else ""), ("…" if start + _WIDTH < len(line) else "")
        mark = " " * (len(before) + at - start - stripped) + "^" * max(width, 1)
        return [
            f"      {number} | {before}{shown[stripped:]}{after}",
            f"      {' ' * len(number)} | {self._style(mark, fg=_COLOURS[each.finding.severity])}",
        ]

    def _notes(self, one: Checked) -> list[str]:
        """Notes of the same text at many places are one."""
        same: dict[str, list[Placed]] = {}
        for each in one.found:
            if each.finding.severity == "information":
                same.setdefault(each.finding.text, []).append(each)
        return [
            "\n".join(self._lines(one, first, f" (and {counted(len(more), 'more place')})" if more else ""))
            for first, *more in same.values()
        ]

    def _style(self, text: str, **how: object) -> str:
        return click.style(text, **how) if self._colours else text  # type: ignore[arg-type]


def _source(finding: Finding) -> str:
    return f"[{finding.rule}] of {finding.profile}" if finding.profile else f"[{finding.rule}]"


def _visible(name: str) -> str:
    """A file name without what could steer a terminal."""
    return _CONTROL.sub("?", name).encode("utf-8", "replace").decode()

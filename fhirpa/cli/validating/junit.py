"""The report as JUnit XML, as continuous integration reads it: one test case per document."""

import re
from typing import Final

from lxml import etree

from fhirpa.cli.validating.check import SEVERITIES, Checked
from fhirpa.cli.validating.reporter import Summary, Write, counted
from fhirpa.validation import Placed

_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitReporter:
    """A test case fails by a finding of the severity `fail_on` or worse (None: never).

    Other errors and warnings are its output.
    """

    def __init__(self, write: Write, fail_on: str | None) -> None:
        self._write = write
        self._fail_on = fail_on
        self._suite = etree.Element("testsuite", name="fhirpa validate")
        self._failures = self._errors = self._skipped = 0

    def add(self, one: Checked) -> None:
        """The test case of one document."""
        case = etree.SubElement(
            self._suite,
            "testcase",
            classname=f"fhirpa.{one.guide or 'unread'}",
            name=_clean(one.where),
            file=_clean(one.name),
            time=f"{one.seconds:.3f}",
        )
        if one.is_skipped:
            etree.SubElement(case, "skipped", message="no FHIR resource")
            self._skipped += 1
            return
        least = SEVERITIES.index(self._fail_on) if self._fail_on else len(SEVERITIES)
        bad = [e for e in one.found if SEVERITIES.index(e.finding.severity) >= least]
        good = [e for e in one.found if e not in bad and e.finding.severity != "information"]
        if bad:
            tag = "failure" if one.guide else "error"
            self._failures += one.guide is not None
            self._errors += one.guide is None
            element = etree.SubElement(case, tag, message=_message(bad), type=bad[0].finding.rule)
            element.text = _clean("\n".join(_line(one, each) for each in bad))
        if good:
            etree.SubElement(case, "system-out").text = _clean("\n".join(_line(one, each) for each in good))

    def close(self, summary: Summary) -> None:
        """Write it all, the sums in front."""
        sums = {
            "tests": str(summary.documents + summary.skipped),
            "failures": str(self._failures),
            "errors": str(self._errors),
            "skipped": str(self._skipped),
            "time": f"{summary.seconds:.3f}",
        }
        for name, value in sums.items():
            self._suite.set(name, value)
        root = etree.Element("testsuites", {"name": "fhirpa validate", **sums})
        root.append(self._suite)
        body = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
        self._write(body.decode().rstrip("\n"))


def _message(bad: list[Placed]) -> str:
    more = f" (and {counted(len(bad) - 1, 'more finding')})" if len(bad) > 1 else ""
    return _clean(f"{bad[0].finding.expression or 'the whole text'}: {bad[0].finding.text}{more}")


def _line(one: Checked, each: Placed) -> str:
    place = f":{each.position.line}:{each.position.column}" if each.position else ""
    finding = each.finding
    where = finding.expression or "the whole text"
    return f"{one.name}{place}: {finding.severity}: {where}: {finding.text} [{finding.rule}]"


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NO_CHARACTER.sub("?", text)

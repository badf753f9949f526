"""The report as it is kept: whole, or within its size, and then what weighs least is left out first."""

import pytest

from fhirpa.config import ValidationLevel
from fhirpa.workflow.judging import Found
from fhirpa.workflow.kept_report import MAX_BYTES, RequestReport, read_report
from fhirpa.workflow.verdicts import Verdict


def found(verdict: Verdict, text: str, place: str | None = "Bundle.type") -> Found:
    return Found("error", "value", "pattern", text, place, None, "key-1", verdict, "wrong-value")


def test_a_report_comes_back_as_it_was() -> None:
    report = RequestReport(ValidationLevel.STRICT, (found(Verdict.REFUSED, 'a "text", ü'),))
    assert read_report(report.to_json()) == {
        "level": "strict",
        "leftOut": 0,
        "findings": [
            {
                "severity": "error",
                "code": "value",
                "kind": "pattern",
                "text": 'a "text", ü',
                "expression": "Bundle.type",
                "key": "key-1",
                "verdict": "refused",
                "row": "wrong-value",
            }
        ],
    }


def test_a_report_without_findings_says_so() -> None:
    report = read_report(RequestReport(None, ()).to_json())
    assert report == {"level": None, "leftOut": 0, "findings": []}


@pytest.mark.parametrize("count", [300, 1300, 5000])
def test_what_weighs_least_is_left_out_first_and_counted(count: int) -> None:
    verdicts = [Verdict.NOTED, Verdict.DECISION, Verdict.REFUSED]
    everything = [found(verdicts[n % 3], f"{n}: " + "é" * 500) for n in range(count)]
    text = RequestReport(ValidationLevel.STANDARD, tuple(everything)).to_json()
    assert len(text) <= MAX_BYTES
    kept = read_report(text)
    assert kept["leftOut"] == count - len(kept["findings"]) > 0
    numbers = [int(f["text"].partition(":")[0]) for f in kept["findings"]]
    assert numbers == sorted(numbers)
    dropped = {verdicts[n % 3] for n in set(range(count)) - set(numbers)}
    assert Verdict.REFUSED not in dropped or {f["verdict"] for f in kept["findings"]} == {"refused"}


def test_an_endless_text_is_cut() -> None:
    report = RequestReport(ValidationLevel.STANDARD, (found(Verdict.NOTED, "x" * 10**6, "y" * 10**6),))
    (kept,) = read_report(report.to_json())["findings"]
    assert (len(kept["text"]), len(kept["expression"])) == (600, 600)


def test_findings_are_counted_by_kind_and_verdict() -> None:
    three = (found(Verdict.NOTED, "a"), found(Verdict.REFUSED, "b"), found(Verdict.NOTED, "c"))
    tally = RequestReport(ValidationLevel.STANDARD, three).tally()
    assert sorted(tally) == [("pattern", "noted", 2), ("pattern", "refused", 1)]

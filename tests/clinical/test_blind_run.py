"""The engine held against the blind vignettes; blind_known.yaml is the honest state of what it gets wrong."""

from pathlib import Path

import pytest
import yaml

from tests.clinical.blind_run import Measured, Verdict, figures, measure, table, told

KNOWN = yaml.safe_load((Path(__file__).parent / "blind_known.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure()


def test_every_vignette_becomes_a_request_that_the_checks_let_in(measured: Measured) -> None:
    assert (dict(measured.unbuilt), dict(measured.faults)) == ({}, {})


def test_no_line_is_certified_beyond_a_certain_label_but_those_known(measured: Measured) -> None:
    """A case that is no longer wrong leaves the list, too; see the head of blind_known.yaml."""
    known = {(k["id"], k["line"]): k["engine"] for k in KNOWN}
    found = {(x.case.id, x.label["line"]): x for x in measured.lines if x.is_false}
    new = [told(x) for at, x in found.items() if at not in known]
    gone = sorted(set(known) - set(found))
    assert (new, gone) == ([], [])
    assert {at: str(x.answered) for at, x in found.items()} == known


def test_no_certain_pend_is_certified_outside_the_list(measured: Measured) -> None:
    pends = {(x.case.id, x.label["line"]) for x in measured.lines if x.certifies_a_pend}
    assert pends <= {(k["id"], k["line"]) for k in KNOWN}


def test_every_known_case_says_who_is_right_and_why() -> None:
    assert [k["id"] for k in KNOWN] == sorted({k["id"] for k in KNOWN})
    assert {k["right"] for k in KNOWN} <= {"engine", "label", "open"}
    assert [k["id"] for k in KNOWN if not k["note"].endswith(".")] == []


def test_the_report_names_every_line_once(measured: Measured) -> None:
    whole = table(measured.lines).splitlines()
    assert sum(int(row.split()[-1]) for row in whole[1:]) == len(measured.lines)
    said = figures(measured)
    for verdict in Verdict:
        assert f"{verdict}: {sum(x.verdict is verdict for x in measured.lines)}" in said

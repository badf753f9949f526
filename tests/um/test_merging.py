"""What an update changes, and where its flags do not fit."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.um.case import Case
from fhirpa.um.merging import LineChange, merge
from fhirpa.um.request import ExternalId, Party, ServiceLine, Span, SupportingEntry
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Change, LineState, ReviewType
from tests.um.payer import Payer, next_version
from tests.um.requests import THERAPIST, day, document, evidence, line, request, score

FIRST, SECOND = line("97110", 8, rendering=Party(npi=THERAPIST, path="a")), line("97140", 8, 2)
SENT = (SupportingEntry(1, "x"), SupportingEntry(2, "y"))


@pytest.fixture
def case(rules: RuleSet) -> Case:
    return Payer(rules).submit(request(FIRST, SECOND, supporting=SENT))


def changes(case: Case, rules: RuleSet, *lines: ServiceLine, **more: Any) -> list[LineChange]:
    return [x.change for x in merge(case, next_version(case, *lines, **more), rules).lines]


def said(case: Case, rules: RuleSet, *lines: ServiceLine, **more: Any) -> str:
    return " ".join(merge(case, next_version(case, *lines, **more), rules).notes)


@pytest.mark.parametrize(
    "sent",
    [
        FIRST,
        replace(FIRST, path="elsewhere", flag=Change.CHANGED),
        replace(FIRST, review_type=ReviewType.REVISED),
        replace(FIRST, trace_numbers=(ExternalId("urn:t", "other"),)),
        replace(FIRST, authorization_number="A0000000018", administrative_reference_number="R1"),
        replace(FIRST, rendering=Party(npi=THERAPIST, name="Other spelling", path="b")),
        replace(FIRST, service=replace(FIRST.service, display="other words")),
    ],
)
def test_what_asks_the_same_is_the_same(case: Case, rules: RuleSet, sent: ServiceLine) -> None:
    assert changes(case, rules, sent, SECOND) == [LineChange.SAME, LineChange.SAME]


@pytest.mark.parametrize(
    "sent",
    [
        replace(FIRST, quantity=Decimal(9)),
        replace(FIRST, period=Span(day(7), day(48))),
        replace(FIRST, modifiers=("GP", "KX")),
        replace(FIRST, place_of_service="12"),
        replace(FIRST, service=SECOND.service),
        replace(FIRST, rendering=Party(npi="1679576722")),
    ],
)
def test_what_asks_something_else_is_changed(case: Case, rules: RuleSet, sent: ServiceLine) -> None:
    assert changes(case, rules, sent, SECOND) == [LineChange.CHANGED, LineChange.SAME]


def test_lines_are_added_cancelled_and_left_out(case: Case, rules: RuleSet) -> None:
    third = line("97530", 4, 3)
    found = changes(case, rules, replace(SECOND, cancelled=True), third)
    assert found == [LineChange.SAME, LineChange.CANCELLED, LineChange.ADDED]
    assert changes(case, rules, third, cancels_all=True)[:2] == [LineChange.CANCELLED] * 2


def test_a_line_that_was_cancelled_before_does_not_come_back(case: Case, rules: RuleSet) -> None:
    gone = replace(case.lines[1], state=LineState.CANCELLED)
    case = replace(case, lines=(case.lines[0], gone))
    merged = merge(case, next_version(case, FIRST, SECOND), rules)
    assert not merged.lines[1].is_open_to_decision
    assert "stays cancelled" in " ".join(merged.notes)
    assert said(case, rules, FIRST, replace(SECOND, cancelled=True)) == ""


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ((FIRST, SECOND), ""),
        ((replace(FIRST, quantity=Decimal(9)), SECOND), "Item 1 differs"),
        ((replace(FIRST, quantity=Decimal(9), flag=Change.CHANGED), SECOND), ""),
        ((replace(FIRST, quantity=Decimal(9), flag=Change.ADDED), SECOND), "Item 1 is flagged as added"),
        ((replace(FIRST, flag=Change.CHANGED), SECOND), "Item 1 is flagged as changed, but"),
        ((replace(FIRST, flag=Change.ADDED), SECOND), "Item 1 is flagged as added"),
        ((replace(FIRST, cancelled=True), SECOND), "Item 1 is withdrawn and not flagged"),
        ((replace(FIRST, cancelled=True, flag=Change.CHANGED), SECOND), ""),
        ((FIRST, SECOND, line("97530", 1, 3)), "Item 3 was not part"),
        ((FIRST, SECOND, line("97530", 1, 3, flag=Change.ADDED)), ""),
        ((FIRST, SECOND, line("97530", 1, 3, flag=Change.CHANGED)), ""),  # as the text of 2.2.1 has it
        ((FIRST,), "Item 2 of the earlier request was not sent again"),
        ((replace(FIRST, modifiers=("GP", "KX"), flag=Change.CHANGED), SECOND), "Item 1 differs in more"),
        ((replace(FIRST, period=Span(day(7), day(48)), flag=Change.CHANGED), SECOND), ""),
        ((replace(FIRST, service=SECOND.service, flag=Change.CHANGED), SECOND), "asks for another service"),
    ],
)
def test_flags_of_items(case: Case, rules: RuleSet, lines: tuple[ServiceLine, ...], note: str) -> None:
    found = said(case, rules, *lines)
    assert note in found
    assert bool(note) == bool(found)


@pytest.mark.parametrize(
    ("entries", "note"),
    [
        (SENT, ""),
        ((SENT[0],), "Supporting information 2 of the earlier request was not sent again"),
        ((*SENT, SupportingEntry(3, "z")), "Supporting information 3 was not part"),
        ((*SENT, SupportingEntry(3, "z", flag=Change.ADDED)), ""),
        ((SENT[0], SupportingEntry(2, "new")), "Supporting information 2 differs"),
        ((SENT[0], SupportingEntry(2, "new", flag=Change.CHANGED)), ""),
        ((SENT[0], SupportingEntry(2, "y", cancelled=True)), "Supporting information 2 is withdrawn"),
        ((SENT[0], SupportingEntry(2, "y", flag=Change.CHANGED)), "says what it said before"),
    ],
)
def test_flags_of_supporting_information(
    case: Case, rules: RuleSet, entries: tuple[SupportingEntry, ...], note: str
) -> None:
    found = said(case, rules, supporting=entries)
    assert note in found
    assert bool(note) == bool(found)


def test_an_update_of_only_what_changed_need_not_repeat_the_rest(case: Case, rules: RuleSet) -> None:
    assert said(case, rules, FIRST, supporting=(), subsetted=True) == ""


def test_a_full_update_replaces_the_evidence_and_a_part_adds_to_it(case: Case, rules: RuleSet) -> None:
    new = replace(evidence(measures=(), orders=()), documents=(document("11506-3"),), plans_of_care=())
    full = merge(case, next_version(case, evidence=new), rules)
    assert full.request.evidence == new
    part = merge(case, next_version(case, FIRST, evidence=new), rules).request.evidence
    assert part.documents == new.documents
    assert part.measures == case.request.evidence.measures
    assert part.orders == case.request.evidence.orders


def test_nothing_that_was_withdrawn_counts_on(case: Case, rules: RuleSet) -> None:
    new = evidence(measures=())
    withdrawn = (SupportingEntry(2, "y", cancelled=True, flag=Change.CHANGED),)
    merged = merge(case, next_version(case, FIRST, evidence=new, supporting=withdrawn), rules)
    assert merged.request.evidence == new
    assert [x.cancelled for x in merged.request.supporting] == [False, True]


def test_cancellations_alone_ask_nothing_anew(case: Case, rules: RuleSet) -> None:
    assert not merge(case, next_version(case, FIRST, replace(SECOND, cancelled=True)), rules).asks_anew
    assert not merge(case, next_version(case), rules).asks_anew
    more = evidence(measures=(score("ODI", "50"),))
    assert merge(case, next_version(case, evidence=more), rules).asks_anew
    assert merge(case, next_version(case, FIRST, replace(SECOND, quantity=Decimal(4))), rules).asks_anew
    assert merge(case, next_version(case, diagnoses=("M5451",)), rules).asks_anew

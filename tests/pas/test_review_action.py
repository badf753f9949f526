"""Review actions of lines and of the event as a whole."""

import pytest

from fhirpa.pas.review_action import event_action, review_action, standing_authorization
from fhirpa.um.terms import LineState
from tests.pas.case_builder import case_of, in_state, sent
from tests.pas.request_builder import item

EXPECTED = {
    LineState.PENDED_INFORMATION: "A4",
    LineState.PENDED_CLINICAL: "A4",
    LineState.PENDED_DIRECTOR: "A4",
    LineState.CERTIFIED: "A1",
    LineState.MODIFIED: "A6",
    LineState.NOT_REQUIRED: "NA",
    LineState.CONTACT_PAYER: "CT",
    LineState.DENIED_MEDICAL: "A3",
    LineState.DENIED_ADMINISTRATIVE: "A3",
    LineState.CANCELLED: "C",
}
S = LineState


@pytest.mark.parametrize("state", list(LineState))
def test_every_state_has_its_review_action_and_none_is_a2(state: LineState) -> None:
    (line,) = case_of(sent(), in_state(state)).lines
    assert review_action(line) == EXPECTED[state]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((S.CERTIFIED, S.CERTIFIED), "A1"),
        ((S.CERTIFIED, S.NOT_REQUIRED), "A1"),
        ((S.CERTIFIED, S.CANCELLED), "A1"),
        ((S.CERTIFIED, S.DENIED_MEDICAL), "A2"),
        ((S.CERTIFIED, S.CONTACT_PAYER), "A2"),
        ((S.MODIFIED, S.CERTIFIED), "A2"),
        ((S.MODIFIED, S.MODIFIED), "A2"),
        ((S.CERTIFIED, S.PENDED_CLINICAL), "A4"),
        ((S.DENIED_MEDICAL, S.PENDED_INFORMATION), "A4"),
        ((S.DENIED_ADMINISTRATIVE, S.NOT_REQUIRED), "A3"),
        ((S.CONTACT_PAYER, S.NOT_REQUIRED), "CT"),
        ((S.NOT_REQUIRED, S.CANCELLED), "NA"),
        ((S.CANCELLED, S.CANCELLED), "C"),
    ],
)
def test_the_event_as_a_whole_follows_from_its_lines(states: tuple[LineState, ...], expected: str) -> None:
    case = case_of(sent(item(1), item(2)), *map(in_state, states))
    assert event_action(case.lines) == expected


def test_a_certified_block_beside_a_denied_rest_is_certified_in_part() -> None:
    case = case_of(sent(), in_state(S.DENIED_MEDICAL, block=True))
    assert event_action(case.lines) == "A2"


def test_no_lines_have_no_event_action() -> None:
    assert event_action(()) is None


def test_a_cancelled_line_carries_no_authorization_any_more() -> None:
    (line,) = case_of(sent(), in_state(S.CANCELLED, block=True)).lines
    assert line.authorization is not None
    assert standing_authorization(line) is None

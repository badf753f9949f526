"""What is sure of a union, intersection or difference of half-known value sets is true, whatever they are."""

from collections.abc import Callable
from operator import and_, or_, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.validation.compiler.members import ANY, Members

SYSTEMS = ("s", "t")
CODES = ("1", "2")
UNIVERSE = frozenset((s, c) for s in SYSTEMS for c in CODES)
Codes = frozenset[tuple[str, str]]

members = st.builds(
    lambda codes, unknown, whole: Members(
        {s: frozenset(c for t, c in codes if t == s) for s in {t for t, _ in codes}}, unknown, whole
    ),
    st.frozensets(st.sampled_from(sorted(UNIVERSE))),
    st.frozensets(st.sampled_from([*SYSTEMS, ANY])),
    st.frozensets(st.sampled_from(SYSTEMS)),
)


def sure(found: Members) -> Codes:
    """Listed, or of a system that is in as a whole."""
    listed = frozenset((s, c) for s, codes in found.codes.items() for c in codes)
    return listed | {(s, c) for s, c in UNIVERSE if s in found.whole}


def possible(found: Members) -> Codes:
    return sure(found) | {(s, c) for s, c in UNIVERSE if found.open_for(s)}


def completions(found: Members) -> st.SearchStrategy[Codes]:
    """Sets that the half-known one may be."""
    return st.frozensets(st.sampled_from(sorted(UNIVERSE))).map(
        lambda extra: sure(found) | (extra & possible(found))
    )


@pytest.mark.parametrize("operation", [or_, and_, sub])
@given(data=st.data(), first=members, second=members)
def test_no_certainty_is_wrong(
    operation: Callable[..., Members], data: st.DataObject, first: Members, second: Members
) -> None:
    result = operation(first, second)
    truth = operation(data.draw(completions(first)), data.draw(completions(second)))
    assert sure(result) <= truth <= possible(result)


@pytest.mark.parametrize("operation", [or_, and_, sub])
@given(first=members, second=members)
def test_what_is_fully_known_stays_fully_known(
    operation: Callable[..., Members], first: Members, second: Members
) -> None:
    known = Members(first.codes), Members(second.codes)
    result = operation(*known)
    assert not result.unknown
    assert sure(result) == operation(sure(known[0]), sure(known[1]))


def test_a_whole_system_stays_whole_until_something_is_taken_out_of_it() -> None:
    whole, some = Members(whole=frozenset({"s"})), Members({"s": frozenset({"1"})})
    assert (whole | some).whole == {"s"}
    assert whole & some == some
    assert whole & whole == whole
    assert whole - whole == Members()
    assert whole - some == Members(unknown=frozenset({"s"}))
    assert whole - Members({"t": frozenset({"1"})}) == whole

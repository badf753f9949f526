"""An inquiry sees a case only if the member and a provider of the case match (PAS spec-53)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fhirpa.store import NewEvent, Store
from fhirpa.store.inquiries import case_query
from fhirpa.um.inquiry import Inquiry
from fhirpa.um.request import ExternalId
from fhirpa.um.terms import ActorRole, LineState
from tests.store.samples import (
    ENROLMENT,
    NOW,
    ORDERING,
    RENDERING,
    REQUESTER,
    TRACE,
    certified_line,
    event,
    make_case,
    pended_line,
    submission_of,
)

BORN = date(1980, 2, 3)
CHILD = replace(ENROLMENT, member_key="k", member_id="M2", birth_date=date(2015, 6, 7))
STRANGER = "1003000126"


@pytest.fixture
def store(store: Store) -> Store:
    """Member M1 has two cases, the second with numbers A2 and R2; the child M2 has one."""
    cases = [
        make_case("c1", received_at=NOW),
        make_case("c2", certified_line("A2", 1), pended_line("R2", 2), received_at=NOW + timedelta(days=1)),
        make_case("k1", member_key="k"),
    ]
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.enrol(CHILD)
        for case in cases:
            unit.save_case(case, submission_of(case), [event()])
    return store


def ask(store: Store, *ids: str, npi: str = REQUESTER, limit: int = 200, **more: Any) -> list[str]:
    with store.read() as unit:
        return unit.find_cases(Inquiry(member_ids=ids, provider_npis=(npi,), **more), limit)


@pytest.mark.parametrize("npi", [REQUESTER, RENDERING, ORDERING])
def test_requesting_rendering_and_ordering_providers_see_the_members_cases_newest_first(
    store: Store, npi: str
) -> None:
    assert ask(store, "M1", npi=npi) == ["c2", "c1"]


def test_another_provider_sees_nothing(store: Store) -> None:
    assert ask(store, "M1", npi=STRANGER) == []


def test_without_a_provider_or_a_member_nothing_is_seen(store: Store) -> None:
    with store.read() as unit:
        assert unit.find_cases(Inquiry(("M1",), ())) == []
    assert ask(store) == []


@pytest.mark.parametrize(
    "numbers",
    [
        {"authorization_numbers": ("A2",)},
        {"administrative_reference_numbers": ("R2",)},
        {"authorization_numbers": ("A2", "A999")},
        {"authorization_numbers": ("A2",), "administrative_reference_numbers": ("R2",)},
    ],
)
def test_a_number_leads_to_its_case(store: Store, numbers: dict[str, Any]) -> None:
    assert ask(store, "M1", **numbers) == ["c2"]


@pytest.mark.parametrize("numbers", [{"authorization_numbers": ("A2",)}, {"trace_numbers": (TRACE,)}])
def test_a_number_alone_shows_nothing(store: Store, numbers: dict[str, Any]) -> None:
    assert ask(store, "M9", **numbers) == []
    assert ask(store, "M1", npi=STRANGER, **numbers) == []


def test_a_number_of_somebody_else_shows_nothing(store: Store) -> None:
    assert ask(store, "M2", authorization_numbers=("A2",)) == []


def test_a_number_under_the_wrong_name_finds_nothing(store: Store) -> None:
    assert ask(store, "M1", authorization_numbers=("R2",)) == []


def test_a_trace_number_leads_to_the_cases_that_carry_it(store: Store) -> None:
    assert ask(store, "M1", trace_numbers=(TRACE,)) == ["c2", "c1"]
    assert ask(store, "M1", trace_numbers=(ExternalId("urn:sender", "claim-c1"),)) == ["c1"]
    assert ask(store, "M1", trace_numbers=(replace(TRACE, system=None),)) == []


def test_a_number_that_was_replaced_still_leads_to_the_case(store: Store) -> None:
    with store.write() as unit:
        case = unit.load_case("c2")
        lines = tuple(
            replace(x, state=LineState.CANCELLED, authorization=None, administrative_reference_number=None)
            for x in case.lines
        )
        unit.change_case(
            replace(case, lines=lines, version=2),
            1,
            [NewEvent("line-cancelled", case.updated_at, ActorRole.PROVIDER)],
        )
    assert ask(store, "M1", authorization_numbers=("A2",)) == ["c2"]


def test_another_birth_date_than_the_rosters_is_somebody_else(store: Store) -> None:
    assert ask(store, "M1", patient_birth_date=BORN) == ["c2", "c1"]
    assert ask(store, "M1", patient_birth_date=date(1999, 9, 9)) == []


def test_a_subscriber_id_needs_the_birth_date(store: Store) -> None:
    assert ask(store, "S1") == []
    assert ask(store, "S1", patient_birth_date=CHILD.birth_date) == ["k1"]


def test_there_are_never_more_than_asked_for(store: Store) -> None:
    assert ask(store, "M1", limit=1) == ["c2"]


def test_on_sqlite_every_step_of_the_query_uses_an_index(
    tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    inquiry = Inquiry(
        ("M1",),
        (REQUESTER,),
        authorization_numbers=("A2",),
        administrative_reference_numbers=("R2",),
        trace_numbers=(TRACE,),
    )
    with open_store(f"sqlite:///{tmp_path}/store.db").read() as unit:
        query = case_query("m", inquiry, 10).compile(
            unit.reader.engine, compile_kwargs={"literal_binds": True}
        )
        plan = [x.detail for x in unit.reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert len(plan) > 4
    assert [x for x in plan if x.startswith("SCAN ")] == []

"""Accumulators: what is used, reserved and left; given back, reconciled, and exact under parallel submits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from fhirpa.policies.rulebook import FixedRules
from fhirpa.store import verify_events
from fhirpa.um.accumulators import UseSource
from fhirpa.um.case import Case
from fhirpa.um.terms import LineState
from fhirpa.workflow import benefits
from fhirpa.workflow.benefit_visits import Recorded, record_visits
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import Json, renumbered, request
from tests.workflow.services import StoppedClock, incoming
from tests.workflow.updates import answer, asks_for, cancels_all, number_of, update

LOW = "SANDBOX-COM-LOW"
LIMIT = 6


def certified_case(services: Services, **more: Any) -> tuple[Json, Case, str]:
    """A certified low-back request, its case and its authorization number."""
    bundle = request("lbp-initial", **more)
    number = number_of(answer(services, bundle))
    assert number is not None
    return bundle, case_of(services, number), number


def case_of(services: Services, number: str) -> Case:
    with services.store.read() as unit:
        case_id = unit.case_of_number(number)
        assert case_id is not None
        return unit.load_case(case_id)


def recorded(services: Services, folder: Path, *rows: dict[str, object], source: str = "claim") -> Recorded:
    columns = sorted({name for row in rows for name in row})
    lines = [",".join(columns), *(",".join(str(row.get(c, "")) for c in columns) for row in rows)]
    file = folder / "visits.csv"
    file.write_text("\n".join(lines))
    return record_visits(services, file, UseSource(source), "billing")


def used(number: str, reference: str, day: date, **more: object) -> dict[str, object]:
    return {"reference": reference, "service_date": day, "authorization": number, **more}


def start_of(case: Case) -> date:
    certified = case.lines[0].authorization
    assert certified is not None
    assert certified.certified.period.start is not None
    return certified.certified.period.start


def pass_time(services: Services, **by: float) -> None:
    assert isinstance(services.clock, StoppedClock)
    services.clock.move(**by)


def sums(services: Services, case: Case) -> tuple[Decimal, ...]:
    """Authorized, used, reserved and used without authorization, over all years and disciplines."""
    found = benefits.show(services, case.member_key).accounts
    return (
        sum((x.authorized for x in found), Decimal(0)),
        sum((x.used_authorized for x in found), Decimal(0)),
        sum((x.reserved for x in found), Decimal(0)),
        sum((x.used_otherwise for x in found), Decimal(0)),
    )


# --- used and reserved ---------------------------------------------------------------------------------


def test_a_certification_reserves_and_a_claim_uses(services: Services, tmp_path: Path) -> None:
    _, case, number = certified_case(services)
    assert sums(services, case) == (8, 0, 8, 0)
    pass_time(services, days=30)
    day = start_of(case)
    done = recorded(services, tmp_path, used(number, "c-1", day), used(number, "c-2", day, visits=2))
    assert (done.written, done.faults, done.warnings) == (2, (), ())
    assert sums(services, case) == (8, 3, 5, 0)


def test_a_report_that_comes_twice_counts_once_and_a_reversal_takes_it_back(
    services: Services, tmp_path: Path
) -> None:
    _, case, number = certified_case(services)
    pass_time(services, days=30)
    row = used(number, "c-1", start_of(case))
    assert recorded(services, tmp_path, row, row).known == 1
    assert sums(services, case)[1] == 1
    assert recorded(services, tmp_path, {**row, "reversal": "true"}).written == 1
    assert sums(services, case) == (8, 0, 8, 0)


def test_more_used_than_certified_warns_and_counts(services: Services, tmp_path: Path) -> None:
    """Invariant 10: it never blocks the history of claims, and nothing is reserved below zero."""
    _, case, number = certified_case(services)
    pass_time(services, days=30)
    done = recorded(services, tmp_path, used(number, "c-1", start_of(case), visits=11))
    assert done.written == 1
    assert len(done.warnings) == 1
    assert sums(services, case) == (8, 8, 0, 3)


def test_visits_without_authorization_draw_on_the_limit(services: Services, tmp_path: Path) -> None:
    bundle, case, _ = certified_case(services, plan=LOW)
    member = case.request.patient.member_id
    pass_time(services, days=30)
    day = start_of(case)
    recorded(
        services, tmp_path, {"reference": "c", "service_date": day, "member_id": member, "discipline": "OT"}
    )
    found = benefits.show(services, case.member_key, day)
    remaining = {(x.bucket, x.year): x.remaining for x in found.limits}
    assert remaining["OT", day.year] == LIMIT - 1
    assert bundle


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"authorization": "A-none"}, "no case has this authorization number"),
        ({}, "name an authorization, or a member"),
        ({"member_id": "nobody", "discipline": "PT"}, "no member, or more than one"),
        ({"authorization": None, "discipline": "OT"}, "for another discipline"),
        ({"authorization": None, "service_date": "2031-01-01"}, "lies in the future"),
        ({"authorization": None, "reversal": "true"}, "no report of this reference"),
    ],
)
def test_a_row_that_cannot_be_counted_is_told_and_left_out(
    services: Services, tmp_path: Path, row: dict[str, object], said: str
) -> None:
    _, case, number = certified_case(services)
    filled = {k: number if v is None else v for k, v in row.items()}
    good = {"reference": "c-1", "service_date": services.clock.now().date()}
    done = recorded(services, tmp_path, {**good, **filled})
    assert done.written == 0
    assert said in done.faults[0]
    assert sums(services, case)[1] == 0


# --- given back ----------------------------------------------------------------------------------------


def test_a_cancelled_case_gives_back_exactly_what_was_not_used(services: Services, tmp_path: Path) -> None:
    """Invariant 32."""
    bundle, case, number = certified_case(services)
    pass_time(services, days=30)
    recorded(services, tmp_path, used(number, "c-1", start_of(case), visits=3))
    answer(services, update(bundle, "v2", cancels_all))
    assert sums(services, case)[2:] == (0, 3)
    assert case_of(services, number).lines[0].state is LineState.CANCELLED
    assert benefits.reconcile(services) == []


def test_unused_visits_expire_by_the_rule_of_the_plan(services: Services, tmp_path: Path) -> None:
    _, case, number = certified_case(services)
    authorization = case.lines[0].authorization
    assert authorization is not None
    end = authorization.certified.period.end
    assert end is not None
    pass_time(services, days=400)
    recorded(services, tmp_path, used(number, "c-1", start_of(case), visits=3))
    on_time = end + timedelta(days=120)
    assert benefits.release_expired(services, on_time) == {}
    late = on_time + timedelta(days=1)
    assert benefits.release_expired(services, late, dry_run=True) == {case.case_number: 5}
    assert benefits.release_expired(services, late) == {case.case_number: 5}
    assert benefits.release_expired(services, late) == {}
    assert sums(services, case) == (3, 3, 0, 0)
    assert benefits.reconcile(services) == []
    with services.store.read() as unit:
        kinds = [x.type for x in unit.events_of(case.case_id)]
        assert verify_events(unit) == []
    assert kinds[-2:] == ["benefit-released", "benefit-booked"]


# --- reconciling ---------------------------------------------------------------------------------------


_COLUMNS = "case_id, sequence, at, habilitative"
TAMPERS = {
    "a row more": f"INSERT INTO benefit_draw (member_key, bucket, year, visits, {_COLUMNS}) "
    f"SELECT member_key, bucket, year, '1', {_COLUMNS} FROM benefit_draw",
    "the case": """UPDATE service_case SET snapshot = replace(snapshot, '"bucket":"PT"', '"bucket":"XX"')""",
}


@pytest.mark.parametrize("statement", TAMPERS.values(), ids=TAMPERS)
def test_what_the_events_do_not_say_is_found_and_repaired(services: Services, statement: str) -> None:
    _, case, number = certified_case(services)
    assert benefits.reconcile(services) == []
    engine = create_engine(services.settings.database_url)
    numeric = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        connection.execute(text(statement.replace("'1'", "1") if numeric else statement))
    engine.dispose()
    found = benefits.reconcile(services, case.member_key)
    assert {x.case_number for x in found} == {case.case_number}
    assert benefits.reconcile(services, repair=True) == found
    assert benefits.reconcile(services) == []
    assert case_of(services, number).draws == case.draws
    with services.store.read() as unit:
        assert verify_events(unit) == []


# --- parallel clients ----------------------------------------------------------------------------------


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def test_parallel_requests_of_one_member_never_pass_a_hard_limit(
    services: Services, pool: ThreadPoolExecutor
) -> None:
    """Invariants 9 and 22: eight clients at once ask for 24 visits where the plan has 6."""
    programme = replace(services.rules.programme, continuation_days=0)  # no request continues another
    services = replace(services, rulebook=FixedRules(replace(services.rules, programme=programme)))
    first = request("lbp-initial", plan=LOW)
    bundles = [with_dates_of(renumbered(first, f"-{n}"), n) for n in range(8)]

    def send(bundle: Json) -> int:
        return submit(services, incoming(services, bundle)).status

    assert set(pool.map(send, bundles)) == {200}
    with services.store.read() as unit:
        (key,) = unit.member_keys(member_id_of(first))
        cases = {x.case_id: unit.load_case(x.case_id) for x in unit.booked_cases(key)}
        taken = sum((x.visits for x in unit.benefit_use(key)), Decimal(0))
    given = [x.authorization for c in cases.values() for x in c.lines if x.authorization]
    certified = sum((a.certified.visits or Decimal(0) for a in given), Decimal(0))
    assert certified == taken == LIMIT
    assert benefits.reconcile(services) == []


def with_dates_of(bundle: Json, number: int) -> Json:
    """Three visits in two days of their own, so that no request is a duplicate of another."""
    (item,) = bundle["entry"][0]["resource"]["item"]
    day = date(2026, 12, 1) + timedelta(days=2 * number)
    item["servicedPeriod"] = {"start": str(day), "end": str(day + timedelta(days=1))}
    item["quantity"]["value"] = 3
    return bundle


def member_id_of(bundle: Json) -> str:
    patient = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    value: str = patient["identifier"][0]["value"]
    return value


def test_a_change_does_not_count_the_visits_of_its_own_case_twice(services: Services) -> None:
    bundle = request("lbp-initial", plan=LOW)
    number = number_of(answer(services, bundle))
    assert number is not None
    case = case_of(services, number)
    assert sums(services, case)[0] == 8  # of two benefit years with six each
    answer(services, update(bundle, "v2", asks_for(5)))
    assert sums(services, case)[0] == 5

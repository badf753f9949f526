"""The random people of `tests.um.review_people` at work on a real case in a database: the same laws hold."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from fhirpa.um.case import Case
from fhirpa.um.review_appeal import TAKES_PART, Involved
from fhirpa.um.review_terms import Outcome, Refused
from fhirpa.um.staff import Staff
from fhirpa.workflow import review_view
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import Doing, ReviewRefused, review
from fhirpa.workflow.services import Services
from tests.um.requests import CLINIC
from tests.um.review_house import ADVERSE, PEOPLE, Step, check_update
from tests.um.review_people import People
from tests.um.test_review_machine import RUNS
from tests.workflow.requests import Json, request
from tests.workflow.reviewing import on_the_wire, queued, review_actions, the_case
from tests.workflow.services import open_services, post
from tests.workflow.updates import cancels_item, flag, update

SCENARIOS = ("lbp-20-visits", "lbp-red-flag", "over-benefit-limit")


class StoreHouse:
    """Use cases over a database; what was acknowledged is read back from it each time."""

    def __init__(self, services: Services, scenario: str) -> None:
        self.services, self.bundle = services, request(scenario)
        self.first = self.bundle
        assert post(services, self.bundle)[0] == 200
        self.case_id, self.sent = the_case(services).case_id, 0
        own = self.case.request.requester.npi or ""
        with services.store.write() as unit:
            # a director with a therapist's licence cannot even be written: nobody knows that one here
            unit.upsert_staff([_with_interest(x, own) for x in PEOPLE if x.staff_id != "md-pt"])
        self.acted: set[str] = set()
        self.read: dict[str, datetime] = {}

    @property
    def case(self) -> Case:
        with self.services.store.read() as unit:
            return unit.load_case(self.case_id)

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    @now.setter
    def now(self, at: datetime) -> None:
        self.services.clock.at = at  # type: ignore[attr-defined]

    def do(self, who: Staff, act: Callable[[Any], Outcome]) -> Step | Refused:
        before = self.case
        above = frozenset({who.supervisor} if who.supervisor else ())
        involved = Involved(frozenset(self.acted), above, self.read.get(who.staff_id))
        try:
            done = review(self.services, Doing(who.staff_id, before.case_number), act)
        except ReviewRefused as refused:
            return Refused(refused.lacks)
        assert self.case == done.case  # what was acknowledged is durable
        if done.act in TAKES_PART:
            self.acted.add(who.staff_id)
        if any(x.kind in ADVERSE for x in done.decided):
            told = queued(self.services, before)[-2:]
            assert {x[1] for x in told} == {"provider", "member"}
            assert all('"adverse":true' in x[2] for x in told) or done.outside
        if done.decided:
            assert review_actions(on_the_wire(self.services, self.first))
        return Step(before, done, self.now, who, involved)

    def update(self, more: Any) -> None:
        self._send(lambda _: None)

    def cancel(self) -> None:
        self._send(cancels_item(1))

    def change(self, **more: Any) -> None:
        self._send(lambda claim: _asks(claim["item"][0], more["quantity"]))

    def look(self, who: Staff) -> None:
        self.read[who.staff_id] = self.now
        if who.active:
            review_view.show(self.services, who.staff_id, self.case.case_number)

    def _send(self, edit: Callable[[Json], None]) -> None:
        self.sent += 1
        before, bundle = self.case, update(self.bundle, f"u{self.sent}", edit)
        status, answer = post(self.services, bundle)
        assert status == 200
        if self.case.version > before.version:
            check_update(before, self.case)
            self.bundle = bundle
        else:
            assert "error" in str(answer)  # decided already: its way is the appeal


def _asks(item: Json, quantity: Decimal) -> None:
    item["quantity"]["value"] = quantity
    flag(item, "changed")


def _with_interest(person: Staff, npi: str) -> Staff:
    own = npi if person.npi == CLINIC else person.npi
    return replace(person, npi=own, conflicts=frozenset({npi} if person.conflicts else ()))


@pytest.fixture(scope="module")
def folder(sqlite_template: Path) -> Path:
    return sqlite_template


def _machine(template: Path) -> type[People]:
    class InTheDatabase(People):
        @initialize(scenario=st.sampled_from(SCENARIOS))
        def opens(self, scenario: str) -> None:
            self.folder = Path(mkdtemp(dir=template.parent))
            shutil.copy(template, self.folder / "test.db")
            self.services = open_services(self.folder)
            self.house = StoreHouse(self.services, scenario)

        def teardown(self) -> None:
            if hasattr(self, "services"):
                assert verify(self.services) == []  # the log is whole (19)
                self.services.close()
                shutil.rmtree(self.folder)

    return InTheDatabase


@pytest.mark.deep
def test_whatever_people_do_the_database_holds_the_laws(folder: Path) -> None:
    no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]  # each run takes seconds
    runs = settings(max_examples=40, stateful_step_count=25, phases=no_shrinking, **RUNS)
    run_state_machine_as_test(_machine(folder), settings=runs)

"""Change of provider: the old authorization ends the day before, and the next one is no duplicate."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fhirpa.policies.rulebook import FixedRules
from fhirpa.um.terms import LineState
from fhirpa.workflow import benefits
from fhirpa.workflow.benefit_transfer import TransferRefused, transfer
from fhirpa.workflow.services import Services
from tests.workflow.requests import renumbered
from tests.workflow.reviewing import staffed
from tests.workflow.test_benefits import case_of, certified_case, start_of, sums
from tests.workflow.updates import answer, number_of


def test_the_next_provider_goes_on_the_day_after(services: Services) -> None:
    staffed(services)
    programme = replace(services.rules.programme, continuation_days=0)  # a course of its own, no renewal
    services = replace(services, rulebook=FixedRules(replace(services.rules, programme=programme)))
    bundle, case, number = certified_case(services)
    last = start_of(case) + timedelta(days=6)
    other = renumbered(bundle, "-other")
    item = other["entry"][0]["resource"]["item"][0]
    item["servicedPeriod"]["start"] = str(last + timedelta(days=1))
    item["quantity"]["value"] = 4
    after = transfer(services, number, last, Decimal(3), by="intake-1", letter=last)
    (line,) = after.lines
    assert line.authorization is not None
    assert line.authorization.certified.period.end == last
    assert line.state is LineState.CERTIFIED
    assert sums(services, case) == (3, 0, 3, 0)
    assert benefits.reconcile(services) == []
    assert number_of(answer(services, other)) is not None
    assert case_of(services, number).version == case.version + 1


def test_what_lacks_is_told_and_nothing_changes(services: Services) -> None:
    staffed(services)
    _, case, number = certified_case(services)
    first = start_of(case)
    wrong = [
        ("A-none", first, "intake-1", "no case has"),
        (number, first, "nobody", "not on the staff"),
        (number, first - timedelta(days=1), "intake-1", "begins later"),
        (number, first + timedelta(days=300), "intake-1", "ends by then"),
    ]
    for named, day, who, said in wrong:
        with pytest.raises(TransferRefused, match=said):
            transfer(services, named, day, Decimal(0), by=who, letter=first)
    assert case_of(services, number) == case

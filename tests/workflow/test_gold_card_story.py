"""Whatever people do, in whatever order and on whatever days, no exemption is lost against the rules."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent, exemptions
from fhirpa.um.gold_card_evaluation import add_months
from fhirpa.um.npi import is_valid_npi
from fhirpa.um.request import Span
from fhirpa.workflow import gold_card
from fhirpa.workflow.gold_card import GoldCardError
from fhirpa.workflow.services import Services
from tests.workflow.services import NOW, open_services
from tests.workflow.test_gold_card import SERVICE, act, review

NPIS = (npi for n in count() for last in range(10) if is_valid_npi(npi := f"1{n:08}{last}"))
ACTIONS = ("grant", "rescind", "request", "uphold", "overturn")
YEARS = 1000  # a number of days that stands for: to a January, so many years on
steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 10, 30, 182, 400, YEARS + 1, YEARS + 2]),
        st.sampled_from(ACTIONS),
    ),
    min_size=3,
    max_size=12,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder: Path = tmp_path_factory.mktemp("story")
    opened = open_services(folder)
    yield opened
    opened.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_an_exemption_ends_only_by_its_rules(server: Services, story: list[tuple[int, str]]) -> None:
    npi = next(NPIS)
    server.clock.at = NOW  # type: ignore[attr-defined]
    for days, action in [(0, "grant"), *story]:
        server.clock.at = moved(server.clock.now(), days)  # type: ignore[attr-defined]
        with suppress(GoldCardError):
            play(server, npi, action)
    events = [x.event for x in gold_card.history(server, npi)]
    check_events(events)
    check_spans([x for x in exemptions(events) if x.npi == npi])


def moved(at: datetime, days: int) -> datetime:
    if days < YEARS:
        return at + timedelta(days=days)
    return datetime(at.year + days - YEARS, 1, 10, 18, 0, tzinfo=UTC)


def play(services: Services, npi: str, action: str) -> None:
    mine = act(npi=npi)
    match action:
        case "grant":
            gold_card.grant(services, mine)
        case "rescind":
            today = gold_card.today(services)
            period = Span(today - timedelta(days=400), today - timedelta(days=1))
            gold_card.rescind(services, mine, review(period=period, reviewed_on=today))
        case "request":
            gold_card.request_review(services, mine)
        case _:
            gold_card.conclude_review(services, mine, upheld=action == "uphold")


def check_events(events: list[ExemptionEvent]) -> None:
    starts = None
    for before, event in zip([None, *events], events, strict=False):
        assert event.service == SERVICE
        if event.kind is EventKind.GRANTED:
            starts = event.told_on
        elif event.kind is EventKind.RESCINDED:
            assert starts is not None
            assert event.effective is not None
            assert before is not None
            assert before.kind not in (EventKind.RESCINDED, EventKind.REVIEW_REQUESTED)
            assert event.told_on.month == 1
            assert event.told_on >= add_months(starts, 12)
            assert event.effective - event.told_on >= timedelta(days=25)
        elif event.kind is EventKind.REVIEW_REQUESTED:
            assert before is not None
            assert before.kind is EventKind.RESCINDED
            assert before.effective is not None
            assert event.told_on < before.effective
        else:
            assert before is not None
            assert before.kind is EventKind.REVIEW_REQUESTED


def check_spans(spans: list[Exemption]) -> None:
    for earlier, later in pairwise(spans):
        assert earlier.ends is not None
        assert earlier.ends < later.starts
    for span in spans:
        assert span.ends is None or span.ends >= add_months(span.starts, 12)

"""Every text that leaves the house is read here: none says or hints at a no that no person has said.

Answers of $submit and $inquire in both versions and formats, OperationOutcomes, what staff see on the
command line, the three voices of the explanation, the outbox, questionnaires, metadata. The texts of the
rules are read in tests/policies/test_texts.py, every fixture over HTTP in
tests/live/test_fixtures_on_a_live_server.py.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from fhirpa.cli.review_print import case_lines, queue_lines
from fhirpa.fhir.codec import decode
from fhirpa.fhir.data import data_path
from fhirpa.um.case import Case
from fhirpa.um.plain_words import necessity_lacks
from fhirpa.um.terms import LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow import review_view
from fhirpa.workflow.inquire import inquire
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from fhirpa.workflow.voices import Reader, told, words
from tests.um.words import unfriendly, unfriendly_in
from tests.workflow.requests import _BY_NAME as SCENARIOS
from tests.workflow.requests import Json, inquiry, request
from tests.workflow.reviewing import (
    DIRECTOR,
    INTAKE,
    PT,
    SAID,
    by,
    offered,
    on_the_wire,
    pended,
    queued,
    reason_for,
    referred,
    reload,
    staffed,
)
from tests.workflow.services import incoming, open_services

FORMS = [(v, f) for v in ("2.0.1", "2.2.1") for f in ("json", "xml")]


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One house for all scenarios, with its staff."""
    folder = tmp_path_factory.mktemp("words")
    shutil.copy(sqlite_template, folder / "test.db")
    opened = open_services(folder, wanted={"validation_level": "lenient"})
    staffed(opened)
    yield opened
    opened.close()


def case_ids(services: Services) -> set[str]:
    with services.store.read() as unit:
        return set(unit.reader.execute(text("SELECT case_id FROM service_case")).scalars())


@pytest.mark.parametrize(("place", "name"), list(enumerate(sorted(SCENARIOS))))
def test_a_scenario_is_answered_without_a_no(house: Services, place: int, name: str) -> None:
    """Submitted and inquired in a version and format in turn; then what staff and the outbox have of it."""
    version, form = FORMS[place % len(FORMS)]
    sent = request(name, version=version, key=f"words-{name}")
    before = case_ids(house)
    for use, body in ((submit, sent), (inquire, inquiry(sent))):
        answer = use(house, incoming(house, body, version, form))
        assert unfriendly_in(decode(answer.body, answer.format)) == []
    for case_id in case_ids(house) - before:
        with house.store.read() as unit:
            case = unit.load_case(case_id)
        assert [x for x in staff_sees(house, case) if unfriendly(x)] == []
        assert [x for x in queued(house, case) if unfriendly(x[2])] == []
        assert [x for x in voices(house, case) if unfriendly(x)] == []


def staff_sees(services: Services, case: Case) -> Iterator[str]:
    """Lines of `review show`."""
    yield from case_lines(review_view.as_data(review_view.show(services, PT, case.case_number)))


def voices(services: Services, case: Case) -> Iterator[str]:
    """The explanation in every voice and language."""
    for reader in Reader:
        for language in services.rules.member_texts if reader is Reader.MEMBER else (None,):
            yield from words(case, services.rules, reader, language).splitlines()


def test_the_queue_of_all_that_waits_is_neutral(house: Services) -> None:
    for name in ("lbp-20-visits", "lbp-no-plan-of-care", "lbp-red-flag", "over-benefit-limit"):
        assert submit(house, incoming(house, request(name))).status == 200
    lines = list(queue_lines(review_view.as_rows(review_view.queue(house, PT))))
    assert len(lines) >= 4
    assert [x for x in lines if unfriendly(x)] == []


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("body", ["not a bundle", "{}", '{"resourceType": "Bundle", "type": "batch"}'])
def test_a_request_that_is_none_is_answered_without_a_no(house: Services, body: str, form: str) -> None:
    raw = replace(incoming(house, request(), "2.2.1", form), body=body.encode())
    answer = submit(house, raw)
    assert answer.status >= 400
    assert unfriendly_in(decode(answer.body, answer.format)) == []


@pytest.mark.parametrize("path", sorted(data_path("capability").glob("*.json")), ids=lambda p: p.name)
def test_metadata_and_questionnaires_are_neutral(path: Path) -> None:
    assert unfriendly_in(json.loads(path.read_text())) == []


# --- once a person has decided -------------------------------------------------------------------------


def director_decides(services: Services) -> tuple[Json, Case]:
    """A case that a medical director did not certify, after a talk was offered."""
    sent, case = pended(services, "lbp-red-flag")
    referred(services, case)
    offered(services, case)
    services.clock.move(days=2)  # type: ignore[attr-defined]
    acts.deny(
        services, by(DIRECTOR, case), (1,), reason_for(case), breach="The talk could not be held earlier."
    )
    return sent, reload(services, case)


def test_a_director_s_decision_is_told_in_the_lawful_words(services: Services) -> None:
    sent, case = director_decides(services)
    assert case.lines[0].state is LineState.DENIED_MEDICAL
    notes = [x["text"] for x in on_the_wire(services, sent)["processNote"]]
    assert services.rules.texts["closed-denied-medical"] in notes
    assert not any(map(unfriendly, notes))
    for language, asks in (("en", "appeal"), ("es", "apelación")):
        letter = told(services, DIRECTOR, case.case_number, Reader.MEMBER, language)
        assert asks in letter
        assert case.lines[0].adverse is not None
        assert case.lines[0].adverse.reason in letter
        assert not unfriendly(letter)


def test_an_administrative_decision_says_no_word_on_necessity(services: Services) -> None:
    sent, case = pended(services, "over-benefit-limit")
    line = next(x for x in case.lines if x.state.is_pended)
    acts.deny_administratively(services, by(INTAKE, case), (line.line.sequence,), "benefit-review", SAID)
    notes = [x["text"] for x in on_the_wire(services, sent)["processNote"]]
    assert services.rules.texts["closed-denied-administrative"] in notes
    for language, voice in services.rules.member_texts.items():
        letter = told(services, PT, case.case_number, Reader.MEMBER, language)
        said = voice.texts["not-covered"].format(therapy=voice.texts["therapy-PT"])
        assert said in letter
        assert necessity_lacks(said) == ()


def test_before_a_person_has_decided_nobody_reads_of_a_decision(services: Services) -> None:
    _, case = pended(services, "lbp-red-flag")
    referred(services, case)
    for language, voice in services.rules.member_texts.items():
        letter = told(services, DIRECTOR, case.case_number, Reader.MEMBER, language)
        assert voice.texts["not-certified"].split("{")[0] not in letter
        assert voice.texts["wait-director"].split("{")[0] in letter


@pytest.mark.parametrize(
    "said",
    [
        "Criteria not met",
        "NOT_MET",
        "We deny this",
        "It fails",
        "unlikely",
        "a likelihood of 3",
        "insufficient",
    ],
)
def test_the_reader_would_see_a_no(said: str) -> None:
    assert unfriendly_in({"item": [{"text": said}, {"data": "denied"}]}) == [said]


@pytest.mark.parametrize(
    ("language", "begins"), [("es-MX", "Esta carta"), ("en", "This is"), ("vi", "This is"), (None, "This is")]
)
def test_a_letter_is_in_the_member_s_language(services: Services, language: str | None, begins: str) -> None:
    _, case = pended(services, "lbp-red-flag")
    patient = replace(case.request.patient, language=language)
    of_member = replace(case, request=replace(case.request, patient=patient))
    assert words(of_member, services.rules, Reader.MEMBER).startswith(begins)

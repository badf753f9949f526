"""`fhirpa case explain`, as an auditor types it: the road of a case, and the proof of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from fhirpa.cli import explain_data, main
from fhirpa.cli.explain_print import lines_of
from fhirpa.policies.load import load_rule_files
from fhirpa.store import KeptDecision, codec
from fhirpa.store.schema import rule_set
from fhirpa.workflow import explain as use_case
from fhirpa.workflow.replay import read_record
from fhirpa.workflow.services import Services
from tests.replay.test_replay import ALL_TIME, spoil, untriggered
from tests.um.words import unfriendly


def explained(runner: CliRunner, *arguments: str, code: int = 0) -> str:
    result = runner.invoke(main, ["case", "explain", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def as_data(runner: CliRunner, number: str) -> Any:
    return json.loads(explained(runner, number, "--json"))


def told(services: Services, number: str) -> str:
    """The text without the command around it."""
    return "\n".join(lines_of(explain_data.as_data(use_case.explain(services, number))))


@pytest.fixture
def kept(services: Services) -> list[KeptDecision]:
    with services.store.read() as unit:
        return list(unit.stream_decisions(ALL_TIME))


def test_every_case_is_proved_and_no_word_of_it_says_no(services: Services, kept: list[KeptDecision]) -> None:
    for number in dict.fromkeys(x.case_number for x in kept):
        text = told(services, number)
        assert "reproduced: yes" in text
        assert "is whole" in text
        assert not unfriendly(text), number


def test_a_case_is_told_step_by_step_with_fact_source_and_citation(
    runner: CliRunner, kept: list[KeptDecision]
) -> None:
    text = explained(runner, kept[0].case_number)
    for part in (
        "what was known",
        "1. Eligibility, coverage and providers",
        "6. Policy and criteria",
        "found in: QuestionnaireResponse",
        "source: ",
        "settled by these facts",
        "8. Result, and who has what waits",
        "notices",
        "decision 1 reproduced: yes",
    ):
        assert part in text, part


def test_a_case_that_waits_shows_its_clocks(runner: CliRunner, kept: list[KeptDecision]) -> None:
    clocks = {x.case_number: as_data(runner, x.case_number)["clocks"] for x in kept}
    (number, dues), *_ = ((n, c) for n, c in clocks.items() if c)
    text = explained(runner, number)
    assert "clocks" in text
    assert all(x["rule"] in text for x in dues)


def test_a_case_is_found_by_its_authorization_number(runner: CliRunner, kept: list[KeptDecision]) -> None:
    data = as_data(runner, kept[0].case_number)
    (number,) = {x["authorization"] for x in data["lines"]}
    assert as_data(runner, number) == data
    assert (data["proved"], data["event_log"]["whole"]) == (True, True)


def test_an_updated_case_shows_each_decision(runner: CliRunner, kept: list[KeptDecision]) -> None:
    numbers = [x.case_number for x in kept]
    (number,) = {x for x in numbers if numbers.count(x) > 1}
    data = as_data(runner, number)
    assert [x["kind"] for x in data["decisions"]] == ["request", "update", "update"]
    assert all(x["proof"]["reproduced"] for x in data["decisions"])


def test_no_such_case_exits_with_one(runner: CliRunner) -> None:
    assert "no case" in explained(runner, "C0000000000", code=1)


def test_a_purge_is_told_with_day_and_reason(
    runner: CliRunner, services: Services, kept: list[KeptDecision]
) -> None:
    with services.store.write() as unit:
        now = services.clock.now()
        unit.purge_event_bodies(
            kept[0].case_id, [kept[0].seq], at=now, actor_id="retention", reason="schedule 7"
        )
    text = explained(runner, kept[0].case_number, code=3)
    assert "not tried: what it took was purged on 2026-11-23 by retention: schedule 7" in text
    assert "is whole" in text
    assert "M545" not in text.partition("decision 1,")[2]


def test_a_changed_record_is_not_believed(services: Services) -> None:
    text = told(services, spoil(services))
    assert "what it took cannot be read" in text
    assert "the kept decision was changed" in text


def test_rules_that_were_changed_are_not_believed(
    services: Services, stricter: Path, kept: list[KeptDecision]
) -> None:
    files = {k: v.decode() for k, v in services.rules.source.files.items()}
    other = {**files, "policies/LBP.yaml": stricter.read_text(encoding="utf-8")}
    with untriggered(services, "rule_set") as unit:
        unit.writer.execute(update(rule_set).values(content=codec.pack(codec.encode(other).encode())))
    assert "not those that were kept" in told(services, kept[0].case_number)


def test_a_decision_that_this_program_makes_otherwise_is_shown_with_the_place(
    services: Services, stricter: Path, kept: list[KeptDecision]
) -> None:
    """As if the code had changed: the rules that are kept under the version of then say something else."""
    files = dict(services.rules.source.files) | {"policies/LBP.yaml": stricter.read_bytes()}
    digest = load_rule_files(files).source.digest
    content = codec.pack(codec.encode({k: v.decode() for k, v in files.items()}).encode())
    with untriggered(services, "rule_set") as unit:
        unit.writer.execute(update(rule_set).values(content=content, digest=digest))
    number = next(x.case_number for x in kept if _policy(x) == "LBP")
    text = told(services, number)
    assert "decision 1 reproduced: no" in text
    assert 'decision.lines[0].result: kept "certify", now "pend_clinical"' in text
    assert not unfriendly(text)
    assert "the kept rules are not those that decided" in text


def _policy(kept: KeptDecision) -> str | None:
    lines = read_record(kept).decision.lines
    return lines[0].policy_id if lines else None

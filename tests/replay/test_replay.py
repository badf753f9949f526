"""Kept decisions, decided again: the same rules give the same, others show what they would change."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text, update

from fhirpa.policies.load import RulesError, source_of
from fhirpa.policies.rulebook import FixedRules
from fhirpa.store import DecisionFilter, Unit, codec
from fhirpa.store.schema import decision_record
from fhirpa.um.replay import DecisionInput, DecisionRecord, decide_again
from fhirpa.um.replay_load import expected_work
from fhirpa.um.replay_tally import ALL, Change, Tally
from fhirpa.um.rules import ReviewerLoad, RuleSet
from fhirpa.workflow.replay import differences, read_record, try_rules
from fhirpa.workflow.replay_rules import NoSuchRules, find_rules
from fhirpa.workflow.services import Services
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.vignettes import Vignette
from tests.replay.conftest import GOOD, RULES, UPDATES

ALL_TIME = DecisionFilter(datetime(2020, 1, 1, tzinfo=UTC))


@contextmanager
def untriggered(services: Services, table: str) -> Iterator[Unit]:
    """Writes past the triggers that refuse to change a table, as somebody with the file could."""
    with services.store.write() as unit:
        names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t")
        for name in list(unit.writer.execute(names, {"t": table}).scalars()):
            unit.writer.execute(text(f"DROP TRIGGER {name}"))
        yield unit


def spoil(services: Services) -> str:
    """Make the record of one case unreadable; its number."""
    with untriggered(services, "decision_record") as unit:
        kept = unit.decisions_of(next(unit.stream_decisions(ALL_TIME)).case_id)[0]
        this = decision_record.c.case_id == kept.case_id
        unit.writer.execute(update(decision_record).where(this).values(content=codec.pack(b"{}")))
    return kept.case_number


def tried(services: Services, rules: RuleSet, processes: int = 1) -> tuple[Tally, list[Change]]:
    changes: list[Change] = []
    return try_rules(services, rules, ALL_TIME, processes=processes, on_change=changes.append), changes


def test_the_same_rules_give_the_same_decision_on_every_scenario(services: Services) -> None:
    total, changes = tried(services, services.rules)
    assert total.decisions > 0.8 * (len(GOOD) + len(UPDATES))
    assert total.same == total.decisions
    assert changes == []
    assert total.unreadable == []
    assert {x[1:] for x in total.criteria if x[1] != x[2]} == set()
    assert total.load_before == total.load_after


def test_updates_are_among_them(services: Services) -> None:
    with services.store.read() as unit:
        records = [read_record(x) for x in unit.stream_decisions(ALL_TIME)]
    updated = [x for x in records if x.taken.case is not None]
    assert len(updated) == len(UPDATES) - 2  # one changes nothing, one cancels: nothing was decided
    assert all(differences(x, services.rules) == () for x in records)


@pytest.mark.parametrize("vignette", [*ADULTS, *CHILDREN, *ADMINISTRATION], ids=lambda v: v.says)
def test_every_vignette_is_decided_the_same_from_what_would_be_kept(vignette: Vignette) -> None:
    taken = DecisionInput(vignette.sent(), vignette.known())
    decision = decide_again(taken, RULES)
    assert decision is not None
    kept = codec.decode_decision(codec.encode_decision(DecisionRecord(taken, decision, "1")))
    assert differences(kept, RULES) == ()


def test_a_stricter_policy_shows_what_it_turns(services: Services, stricter: Path) -> None:
    total, changes = tried(services, find_rules(services, str(stricter)))
    assert total.same < total.decisions
    assert len(changes) == total.lines_changed >= total.decisions_changed > 0
    assert {x.before.policy_id for x in changes if x.before} == {"LBP"}
    share = total.groups[ALL]
    assert share.after.share is not None
    assert share.before.share is not None
    assert share.after.share < share.before.share
    assert total.criteria["C07", "settled", "for a clinician"] > 0
    assert total.load_after["therapist PT"] > total.load_before["therapist PT"]
    assert total.groups["policy", "POSTOP-TKA"].before == total.groups["policy", "POSTOP-TKA"].after


def test_a_replay_writes_nothing(services: Services, stricter: Path, database: Path) -> None:
    def content() -> list[object]:
        with services.store.read() as unit:
            tables = ("service_case", "case_event", "decision_record", "rule_set", "outbox", "issued_number")
            return [unit.reader.execute(text(f"SELECT * FROM {x}")).all() for x in tables]

    before = content()
    tried(services, find_rules(services, str(stricter)))
    assert content() == before


def test_two_processes_come_to_the_same_in_the_same_order(services: Services, stricter: Path) -> None:
    rules = find_rules(services, str(stricter))
    assert tried(services, rules, 2) == tried(services, rules, 1)


def test_a_record_that_cannot_be_read_is_named_and_not_counted(services: Services) -> None:
    whole, _ = tried(services, services.rules)
    number = spoil(services)
    total, _ = tried(services, services.rules)
    assert total.unreadable == [number]
    assert total.decisions == whole.decisions - 1


# --- which rules ---------------------------------------------------------------------------------------


def test_rules_come_from_a_folder_a_file_and_a_version(services: Services, stricter: Path) -> None:
    folder = Path(__file__).parents[2] / "fhirpa" / "policies"
    assert find_rules(services, str(folder)) == services.rules
    assert find_rules(services, services.rules.version[:6]) is services.rules
    assert find_rules(services, str(stricter)).policies.keys() == services.rules.policies.keys()


def test_a_version_that_decided_here_is_found_after_the_server_has_others(
    services: Services, stricter: Path
) -> None:
    later = replace(services, rulebook=FixedRules(find_rules(services, str(stricter))))
    found = find_rules(later, services.rules.version)
    assert found == services.rules
    total, changes = tried(later, found)
    assert (total.same, changes) == (total.decisions, [])


def test_a_file_of_a_new_policy_is_added(services: Services, stricter: Path) -> None:
    text_ = stricter.read_text(encoding="utf-8").replace("id: LBP", "id: LBP-TWO", 1)
    stricter.write_text(text_, encoding="utf-8")
    assert "LBP-TWO" in find_rules(services, str(stricter)).policies


def test_a_file_with_the_name_of_one_of_the_rules_takes_its_place(services: Services, tmp_path: Path) -> None:
    own = services.rules.source.files["programme.yaml"].decode()
    path = tmp_path / "programme.yaml"
    path.write_text(own.replace("referred: 0.2", "referred: 0.5"), encoding="utf-8")
    assert find_rules(services, str(path)).programme.reviewer_load.referred == Decimal("0.5")


@pytest.mark.parametrize("content", ["id: LBP\n", "a: [", "a: 1\n", "- 1\n"])
def test_a_file_that_cannot_be_used_is_refused(services: Services, tmp_path: Path, content: str) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RulesError, match="new"):
        find_rules(services, str(path))


@pytest.mark.parametrize("name", ["", "no-such-version"])
def test_any_other_name_is_no_rules(services: Services, name: str) -> None:
    with pytest.raises(NoSuchRules):
        find_rules(services, name)


# --- the work that waits -------------------------------------------------------------------------------


def test_work_is_counted_a_week_and_a_share_goes_to_the_director() -> None:
    load = ReviewerLoad({"therapist": 30, "director": 60}, Decimal("0.25"))
    work = expected_work({"therapist PT": 8, "therapist OT": 4, "provider": 3}, load, Decimal(2))
    assert {k: (v.reviews, v.hours) for k, v in work.items()} == {
        "director": (Decimal("1.5"), Decimal("1.5")),
        "provider": (Decimal("1.5"), None),
        "therapist OT": (2, 1),
        "therapist PT": (4, 2),
    }


def test_rules_without_a_load_expect_no_hours_and_no_director() -> None:
    work = expected_work({"therapist PT": 8}, ReviewerLoad({}, Decimal(0)), Decimal(1))
    assert [(k, v.hours) for k, v in work.items()] == [("therapist PT", None)]


def test_a_difference_says_where_and_in_words_that_may_leave(services: Services, stricter: Path) -> None:
    rules = find_rules(services, str(stricter))
    with services.store.read() as unit:
        records = [read_record(x) for x in unit.stream_decisions(ALL_TIME)]
    found = [d for x in records for d in differences(x, rules)]
    statuses = {(d.kept, d.now) for d in found if d.place.endswith(".status")}
    # A score without its unit may lie on either side of the stricter cut: then it is open.
    assert statuses == {('"settled"', '"for a clinician"'), ('"settled"', '"open"')}


def test_every_file_of_the_rules_is_bound_by_their_version(services: Services) -> None:
    files = dict(services.rules.source.files)
    digests = {source_of(files | {name: data + b"# another\n"}).digest for name, data in files.items()}
    assert len(digests | {services.rules.source.digest}) == len(files) + 1
    assert services.rules.version.startswith(services.rules.source.digest[:12])

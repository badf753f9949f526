"""Versions of policies by effective date, and a payer's own directory over the packaged rules."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.policies.dated import Dated, changes, versions_on
from fhirpa.policies.load import RulesError, load_rule_files, load_rulebook, load_rules
from fhirpa.um.decision import decide
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult
from tests.policies.own import next_version, own_directory, packaged
from tests.um.requests import context, line, request

NEW_YEAR = date(2027, 1, 1)
MORE_VISITS = next_version(("visits: 8", "visits: 12"))


def first_block(rules: RuleSet, policy: str = "LBP") -> Decimal:
    return rules.policies[policy].first[0].visits


def faults(folder: Path) -> str:
    with pytest.raises(RulesError) as caught:
        load_rulebook(folder)
    return str(caught.value)


def test_the_day_of_receipt_chooses_the_version(tmp_path: Path) -> None:
    book = load_rulebook(own_directory(tmp_path, {"policies/LBP-2027.yaml": MORE_VISITS}))
    assert first_block(book.on(date(2026, 12, 31))) == 8
    assert first_block(book.on(NEW_YEAR)) == 12
    # One version each, before and after: the rest is the same.
    assert set(book.on(date(2026, 12, 31)).policies) == set(book.on(NEW_YEAR).policies)


def test_the_day_is_that_of_the_plans_time_zone(tmp_path: Path) -> None:
    book = load_rulebook(own_directory(tmp_path, {"policies/LBP-2027.yaml": MORE_VISITS}))
    assert first_block(book.at(datetime(2027, 1, 1, 5, 59, tzinfo=UTC))) == 8  # 31 December, 23:59 in Texas
    assert first_block(book.at(datetime(2027, 1, 1, 6, 0, tzinfo=UTC))) == 12


def test_days_without_a_change_between_them_share_one_rule_set(tmp_path: Path) -> None:
    book = load_rulebook(own_directory(tmp_path, {"policies/LBP-2027.yaml": MORE_VISITS}))
    assert book.on(date(2026, 3, 1)) is book.on(date(2026, 12, 31))
    assert book.on(date(2027, 3, 1)) is book.on(date(2037, 1, 1))


def test_a_future_version_changes_nothing_until_its_day_not_even_the_name_of_the_rules(
    tmp_path: Path,
) -> None:
    book = load_rulebook(own_directory(tmp_path, {"policies/LBP-2027.yaml": MORE_VISITS}))
    assert book.on(date(2026, 12, 31)).version == load_rules().version
    assert book.on(NEW_YEAR).version.endswith("@2027-01-01")


def test_a_policy_that_has_ended_leaves_its_patients_to_a_clinician(tmp_path: Path) -> None:
    ended = packaged(
        "policies/LBP.yaml", ("effective: 2026-01-01", "effective: 2026-01-01\nends: 2026-12-31")
    )
    book = load_rulebook(own_directory(tmp_path, {"policies/LBP.yaml": ended}))
    sent, known = request(line()), context()
    before = decide(sent, known, book.on(date(2026, 12, 31))).lines[0]
    after = decide(sent, known, book.on(NEW_YEAR)).lines[0]
    assert before.result is EngineResult.CERTIFY
    assert (after.result, after.policy_id) == (EngineResult.PEND_CLINICAL, "FAMILY-OTHER")


def test_before_the_first_policy_took_effect_a_clinician_reads() -> None:
    book = load_rulebook()
    old = book.on(date(2020, 1, 1))
    assert decide(request(line()), context(), old).lines[0].result is EngineResult.PEND_CLINICAL


def test_a_rule_set_is_rebuilt_from_the_files_that_were_kept(tmp_path: Path) -> None:
    override = "effective: 2026-06-01\nbecause: a trial\nplans: [SANDBOX-COM]\npolicies: {LBP: {total: 30}}\n"
    later = override.replace("2026-06-01", "2027-06-01").replace("30", "40")
    own = own_directory(
        tmp_path,
        {
            "policies/LBP-2027.yaml": MORE_VISITS,
            "overrides/a.yaml": override,
            "overrides/b.yaml": later.replace("SANDBOX-COM", "SANDBOX-MA"),
        },
    )
    book = load_rulebook(own)
    for day in (date(2026, 3, 1), date(2026, 7, 1), NEW_YEAR, date(2028, 1, 1)):
        kept = book.on(day)
        again = load_rule_files(kept.source.files)
        assert again.source.digest == kept.source.digest
        assert replace(again, version=kept.version) == kept


def test_a_payer_adds_a_policy_with_its_group_and_text(tmp_path: Path) -> None:
    own = own_directory(
        tmp_path,
        {
            "policies/HEADACHE.yaml": packaged(
                "policies/NECK.yaml",
                ("id: NECK", "id: HEADACHE"),
                ("education: E-NECK", "education: E-HEADACHE"),
            ),
            "diagnosis_groups.yaml": "- {id: headache, policy: HEADACHE, prefixes: [G442]}\n",
            "education.yaml": (
                "E-HEADACHE:\n"
                '  en: "Headache: take short breaks and move the neck."\n'
                '  es: "Dolor de cabeza: haga pausas cortas y mueva el cuello."\n'
            ),
        },
    )
    rules = load_rules(own)
    sent = request(line(), diagnoses=("G44209",))
    decided = decide(sent, context(), rules)
    assert decided.lines[0].policy_id == "HEADACHE"
    assert rules.education["E-HEADACHE"] in decided.notes


def test_a_file_of_the_same_name_stands_for_the_packaged_one(tmp_path: Path) -> None:
    own = own_directory(
        tmp_path, {"policies/LBP.yaml": packaged("policies/LBP.yaml", ("visits: 8", "visits: 9"))}
    )
    assert first_block(load_rules(own)) == 9


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"policies/A.yaml": next_version(effective="2026-01-01")},
            "policies/A.yaml, line 3: effective: policies/LBP.yaml is a version of LBP for the same day",
        ),
        (
            {"policies/A.yaml": next_version(("version: 2", "version: 1"))},
            "policies/A.yaml, line 2: version: 1 follows version 1 (policies/LBP.yaml) of LBP",
        ),
        (
            {"policies/A.yaml": next_version(("title:", "ends: 2026-12-31\ntitle:"))},
            "policies/A.yaml, line 4: ends: 2026-12-31 is before 2027-01-01",
        ),
        (
            {
                "policies/LBP.yaml": packaged("policies/LBP.yaml", ("title:", "ends: 2027-01-01\ntitle:")),
                "policies/A.yaml": next_version(),
            },
            "policies/LBP.yaml, line 4: ends: 2027-01-01 is not before 2027-01-01, when policies/A.yaml",
        ),
        (
            {"policies/HOME.yaml": packaged("policies/HOME.yaml", ("title:", "ends: 2026-12-31\ntitle:"))},
            "one policy must have the role 'home', from 2027-01-01 0 have it",
        ),
        (
            {
                "policies/PED-CHRONIC.yaml": packaged(
                    "policies/PED-CHRONIC.yaml", ("title:", "ends: 2026-12-31\ntitle:")
                )
            },
            "PED-DEV: renews_as: 'PED-CHRONIC' is not in force from 2027-01-01",
        ),
        ({"services.yaml": "codes: {}\n"}, "services.yaml: not a file of a payer's directory"),
        ({"policy/A.yaml": "id: A\n"}, "policy/A.yaml: not a file of a payer's directory"),
        (
            {"education.yaml": "E-X: {en: 7, es: siete}\n"},
            "education.yaml, line 1: E-X.en: 7 is not of type 'string'",
        ),
    ],
)
def test_a_fault_of_the_payers_directory_names_file_line_and_what_is_wrong(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    assert says in faults(own_directory(tmp_path, files))


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    told = faults(
        own_directory(
            tmp_path,
            {
                "policies/A.yaml": next_version(("visits: 8", "visits: many"), ("ODI", "ODD")),
                "policies/B.yaml": next_version(("C04", "C99"), policy="NECK"),
                "plans/P.yaml": packaged("plans/SANDBOX-COM.yaml", ("open", "ajar")),
                "overrides/c.yaml": "effective: 2027-01-01\npolicies: {NECK: {total: 30}}\n",
                "measures.yaml": "XYZ: [\n",
            },
        )
    )
    assert {x.partition(",")[0].partition(":")[0] for x in told.split("\n") if x[0] != " "} >= {
        "policies/A.yaml",
        "plans/P.yaml",
        "overrides/c.yaml",
        "measures.yaml",
    }


DAYS = st.dates(date(2025, 1, 1), date(2025, 3, 1))


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6, unique_by=lambda x: x[0]), DAYS)
def test_the_version_in_force_is_the_last_that_began_unless_it_has_ended(
    spans: list[tuple[date, date | None]], day: date
) -> None:
    versions = [Dated(f"{n}", {"id": "X", "version": n}, a, b) for n, (a, b) in enumerate(spans)]
    begun = max((v for v in versions if v.effective <= day), key=lambda v: v.effective, default=None)
    found = versions_on(versions, day).get("X")
    assert found is (begun if begun and (begun.ends is None or day <= begun.ends) else None)
    # Between two days on which something changes the answer is the same.
    since = max((x for x in changes(versions) if x <= day), default=date(2024, 1, 1))
    assert versions_on(versions, since).get("X") is found

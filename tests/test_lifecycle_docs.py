"""docs/lifecycle.md shows the table of the code; docs/adverse-determinations.md names tests that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from fhirpa.policies.load import load_rules
from fhirpa.um.staff import MAY, Act
from fhirpa.um.terms import ActorRole
from fhirpa.um.transition_table import TRANSITIONS, Guard, Stage, Transition

ROOT = Path(__file__).parents[1]
LIFECYCLE = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
ADVERSE = (ROOT / "docs" / "adverse-determinations.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`((?:um|workflow|store|cli|clinical)/test_\w+)::(test_\w+|TestReview)`")


def test_the_page_shows_every_row_of_the_table_and_no_other() -> None:
    shown = [
        x for x in LIFECYCLE.splitlines() if re.match(r"\| `(?:review-|line-|returned|inform|supply)", x)
    ]
    assert shown == [_row(x) for x in TRANSITIONS]


def test_the_page_says_what_every_guard_means() -> None:
    for guard in Guard:
        assert f"| {guard.name.lower().replace('_', ' ')} | {guard.value} |" in LIFECYCLE


def test_the_page_shows_the_clocks_of_appeals_with_their_sources() -> None:
    after = load_rules().after_decision
    for lob, rules in after.lines.items():
        assert f"| {lob} | {rules.file_within.days} days" in LIFECYCLE
        assert rules.file_within.citation.split(";")[0] in LIFECYCLE
        for keys in rules.decide.values():
            for key in keys:
                assert f"`{key}`" in LIFECYCLE


def test_who_may_do_what_is_the_same_in_both_tables() -> None:
    for act in set(Act) - {Act.TAKE, Act.RELEASE}:
        roles = {r for t in TRANSITIONS if t.action == act.event for r in t.roles}
        assert roles == {ActorRole(x) for x in MAY[act]}, act


def test_only_a_person_denies_and_only_a_director_for_necessity() -> None:
    for row in TRANSITIONS:
        if Stage.DENIED_MEDICAL in row.targets:
            assert row.roles == (ActorRole.MEDICAL_DIRECTOR,)
        if {Stage.DENIED_ADMINISTRATIVE, Stage.MODIFIED} & set(row.targets):
            assert not {ActorRole.ENGINE, ActorRole.SYSTEM, ActorRole.PROVIDER} & set(row.roles)


def test_every_test_that_the_page_on_adverse_determinations_names_is_there() -> None:
    named = _TEST.findall(ADVERSE)
    assert len(named) > 30
    for module, name in named:
        assert name in set(_tests(ROOT / "tests" / f"{module}.py")), (module, name)


def test_every_rule_of_that_page_names_a_test() -> None:
    rules = ADVERSE[ADVERSE.index("## Rules") : ADVERSE.index("## Staff")]
    rows = [x for x in rules.splitlines() if x.startswith("| ")][1:]
    assert len(rows) > 15
    assert [x for x in rows if not _TEST.search(x)] == []


def _row(x: Transition) -> str:
    sources, targets = ", ".join(x.sources), ", ".join(x.targets)
    guards = ", ".join(g.name.lower().replace("_", " ") for g in x.guards)
    return (
        f"| `{x.action}` | {sources} | {targets} | {', '.join(x.roles)} | {guards} | {', '.join(x.writes)} |"
    )


def _tests(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id

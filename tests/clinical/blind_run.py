"""The engine held against the blind vignettes: `python -m tests.clinical.blind_run [ID]` prints the figures
of all cases, or of those whose id begins so (`s2-`: the second set).

Each vignette becomes a PAS Bundle of our builder, is read as the server reads it, and decided in memory
against the payer's state that the vignette describes. No label is adapted here and no rule.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.checks import check_request
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import VERSIONS
from fhirpa.policies.load import load_rules
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult, ReviewKind
from tests.clinical.blind_build import build_request
from tests.clinical.blind_labels import Values, Vignette, read_all
from tests.clinical.blind_state import context_for, rules_for

GUIDE: Final = "2.2.1"
RESULTS: Final = (
    *("certify", "certify-block", "no-authorization-required", "pend-information"),
    *("pend-clinical-review", "pend-benefit-review", "contact-payer", "business-error"),
)
PASSES: Final = frozenset({"certify", "certify-block", "no-authorization-required"})
_NAMES: Final[Mapping[EngineResult, str]] = {
    EngineResult.CERTIFY: "certify",
    EngineResult.CERTIFY_BLOCK: "certify-block",
    EngineResult.PEND_INFORMATION: "pend-information",
    EngineResult.PEND_CLINICAL: "pend-clinical-review",
    EngineResult.NOT_REQUIRED: "no-authorization-required",
    EngineResult.CONTACT_PAYER: "contact-payer",
}


class Verdict(StrEnum):
    """How a line compares to its label."""

    AGREES = "agrees"
    ALSO_RIGHT = "another answer that the label allows"
    FALSE = "false certification"
    MISSED = "missed certification"
    WRONG_ROAD = "wrong road"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the engine makes of a line: result, amount in the label's unit, and why."""

    result: str
    amount: Decimal
    why: str

    def __str__(self) -> str:
        return f"{self.result} {self.amount}" if self.amount else self.result


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of one vignette: the label, the answer, and the verdict on it."""

    case: Vignette
    label: Values
    answered: Answered
    in_words: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """False where the reference is silent: such a line doesn't count."""
        return bool(self.label.get("certain", True))

    @property
    def expressible(self) -> bool:
        """False where a fact of the case is in the request in words only."""
        return not self.in_words and not self.case.as_written.get("in_words")

    @property
    def wanted(self) -> Decimal:
        """The amount that the label lets pass; 0 where it certifies nothing."""
        if self.label["result"] == "no-authorization-required":
            return _asked(self.case, self.label)
        return Decimal(self.label.get(_unit(self.case, self.label), 0))

    @property
    def verdict(self) -> Verdict:
        """Agreement as the README of the vignettes counts it."""
        got, result = self.answered, self.label["result"]
        if got.result == result and got.amount == self.wanted:
            return Verdict.AGREES
        if got.result in self.label.get("or", ()) or (not self.certain and got.result == result):
            return Verdict.ALSO_RIGHT
        if got.amount > self.wanted:
            return Verdict.FALSE
        return Verdict.MISSED if got.amount < self.wanted else Verdict.WRONG_ROAD

    @property
    def is_false(self) -> bool:
        """True if a certain label lets less pass than the engine: the number that has to be zero."""
        return self.certain and self.verdict is Verdict.FALSE

    @property
    def certifies_a_pend(self) -> bool:
        """True if a certain label lets nothing pass and the engine lets something pass."""
        return self.certain and self.label["result"] not in PASSES and self.answered.result in PASSES


@dataclass(frozen=True, slots=True)
class Measured:
    """All lines, the cases that could not be built with the reason, and faults of the Bundles."""

    lines: tuple[Compared, ...]
    unbuilt: Mapping[str, str]
    faults: Mapping[str, tuple[str, ...]]


def measure(cases: Iterable[Vignette] | None = None, rules: RuleSet | None = None) -> Measured:
    """Decide every vignette once."""
    rules = rules or load_rules()
    lines: list[Compared] = []
    unbuilt: dict[str, str] = {}
    faults: dict[str, tuple[str, ...]] = {}
    for case in read_all() if cases is None else cases:
        try:
            found, wrong = _answers(case, rules)
        except (KeyError, ValueError) as error:
            unbuilt[case.id] = f"{type(error).__name__}: {error}"
            continue
        lines += found
        if wrong:
            faults[case.id] = wrong
    return Measured(tuple(lines), unbuilt, faults)


def _answers(case: Vignette, rules: RuleSet) -> tuple[list[Compared], tuple[str, ...]]:
    built = build_request(case)
    graph = BundleGraph(build(built.request, GUIDES[GUIDE], Identity(f"blind/{case.id}")))
    wrong = tuple(f"{i.expression}: {i.text}" for i in check_request(graph, VERSIONS[GUIDE]) if i.is_error)
    request = read_request(graph, VERSIONS[GUIDE])
    own = rules_for(case, rules)
    decision = decide(request, context_for(case, built, request, own), own)
    lines = [Compared(case, x, _answered(case, x, decision), built.in_words) for x in case.expected]
    return lines, wrong


def _answered(case: Vignette, label: Values, decision: Decision) -> Answered:
    if decision.errors:
        return Answered("business-error", Decimal(0), ", ".join(e.key for e in decision.errors))
    line = next(x for x in decision.lines if x.sequence == label["line"])
    result = _NAMES[line.result]
    if result == "pend-clinical-review" and line.review is ReviewKind.ADMINISTRATIVE:
        result = "pend-benefit-review"
    return Answered(result, _amount(case, label, line), _why(line))


def _amount(case: Vignette, label: Values, line: LineRecommendation) -> Decimal:
    """What is let pass, in the unit that the label counts in."""
    if line.result is EngineResult.NOT_REQUIRED:
        return _asked(case, label)
    if line.certified is None:
        return Decimal(0)
    by_units = _unit(case, label) == "units"
    return (line.certified.quantity if by_units else line.certified.visits) or Decimal(0)


def _unit(case: Vignette, label: Values) -> str:
    """Visits or units, as the line asks; the other, where the label counts in that only."""
    asked, other = ("visits", "units") if "visits" in _line(case, label) else ("units", "visits")
    return other if other in label and asked not in label else asked


def _asked(case: Vignette, label: Values) -> Decimal:
    line = _line(case, label)
    return Decimal(line["visits"] if "visits" in line else line["units"])


def _line(case: Vignette, label: Values) -> Values:
    line: Values = case.facts["lines"][label["line"] - 1]
    return line


def _why(line: LineRecommendation) -> str:
    asked = [i.key for i in line.information]
    open_ = [f"{c.criterion_id}:{c.status}" for c in line.criteria if c.status != "met"]
    parts = (
        ", ".join(line.reasons),
        f"asks {', '.join(asked)}" if asked else "",
        f"open {', '.join(open_)}" if open_ else "",
        f"policy {line.policy_id}" if line.policy_id else "",
    )
    return "; ".join(p for p in parts if p)


def main(only: str = "") -> None:
    """Print table, figures and every disagreement of the cases whose id begins with `only`."""
    measured = measure(x for x in read_all() if x.id.startswith(only))
    print(table(measured.lines))
    print(figures(measured))
    for title, chosen in (
        (
            "Certain label that pends, and the engine certifies",
            [x for x in measured.lines if x.certifies_a_pend],
        ),
        *((v.title(), _of(measured, v, True)) for v in (Verdict.FALSE, Verdict.MISSED, Verdict.WRONG_ROAD)),
        ("Another answer that the label allows", _of(measured, Verdict.ALSO_RIGHT, True)),
        ("Disagreements where a fact goes in words only", _disagreeing_in_words(measured)),
    ):
        print(f"\n{title}: {len(chosen)}")
        print("\n".join(map(told, chosen)))
    for title, listed in (("Not built", measured.unbuilt), ("Bundle faults", measured.faults)):
        print(f"\n{title}: {len(listed)}")
        print("\n".join(f"  {name}: {why}" for name, why in listed.items()))


def _of(measured: Measured, verdict: Verdict, expressible: bool) -> list[Compared]:
    return [x for x in measured.lines if x.verdict is verdict and x.expressible is expressible]


def _disagreeing_in_words(measured: Measured) -> list[Compared]:
    right = (Verdict.AGREES, Verdict.ALSO_RIGHT)
    return [x for x in measured.lines if not x.expressible and x.verdict not in right]


def told(line: Compared) -> str:
    """One line of text: where, label, answer, why the label, why the answer."""
    because = line.label["because"]
    wanted = f"{line.label['result']} {line.wanted}" if line.wanted else line.label["result"]
    words = "; ".join(line.in_words) or "the story"
    marks = "".join(("" if line.certain else " (open)", "" if line.expressible else f" (in words: {words})"))
    return (
        f"  {line.case.id}/{line.label['line']}{marks}: label {wanted}, engine {line.answered}"
        f" | {because['criterion']}: {because['text']} | {line.answered.why}"
    )


def table(lines: Iterable[Compared]) -> str:
    """Label by row, engine by column."""
    counts = Counter((x.label["result"], x.answered.result) for x in lines)
    short = ["cert", "block", "NA", "info", "clin", "benef", "CT", "error"]
    rows = [f"{'label / engine':28}" + "".join(f"{s:>7}" for s in short) + f"{'all':>7}"]
    for label in RESULTS:
        row = [counts[label, engine] for engine in RESULTS]
        rows.append(f"{label:28}" + "".join(f"{n or '.':>7}" for n in row) + f"{sum(row):>7}")
    return "\n".join(rows)


def figures(measured: Measured) -> str:
    """Counts of lines, and the precision of certification."""
    certain = [x for x in measured.lines if x.certain]
    passed = [x for x in certain if x.answered.result in PASSES]
    wrong = [x for x in passed if x.is_false]
    in_words = [x for x in wrong if not x.expressible]
    pends = [x for x in passed if x.certifies_a_pend]
    due = [x for x in certain if x.label["result"] in PASSES]
    got = [x for x in due if x.answered.result in PASSES and x.verdict is not Verdict.MISSED]
    share = 100 * (len(passed) - len(wrong)) / max(len(passed), 1)
    verdicts = Counter(x.verdict for x in measured.lines)
    return "\n".join(
        [
            "",
            f"{len(measured.lines)} lines, {len(certain)} with a certain label; "
            + ", ".join(f"{v}: {verdicts[v]}" for v in Verdict),
            f"certain and certified by the engine: {len(passed)}, of them too much: {len(wrong)} "
            f"(label pends: {len(pends)}; a fact goes in words only: {len(in_words)}); "
            f"precision {share:.1f} %",
            f"certain and certified by the label: {len(due)}, of them certified in full: {len(got)}",
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Invariants, compiled once per expression."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from fhirpa.fhir.fhirpath import Expression, FhirPathSyntaxError, compile_expression, mended
from fhirpa.validation.elements import Constraint
from fhirpa.validation.wording import sentence

# The structure check says both; ele-1 of an object that holds an id only is said in the walk.
_ELSEWHERE: Final = frozenset({"ele-1", "ext-1"})
# R4 gives txt-2 the expression of txt-1, so that both say one fault; R5 has one for each.
_BETTER: Final = {"txt-2": "htmlChecks2()"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One invariant. `severity` is what a breach of it is: advice is information.

    `stated` is the expression as the tables have it; `wording` are words of its own, if it has any.
    """

    key: str
    severity: str
    expression: Expression
    stated: str
    wording: str | None = None

    @property
    def text(self) -> str:
        """What a breach means."""
        return sentence(self.key, self.stated, self.wording)


def rules(constraints: Iterable[Constraint]) -> tuple[Rule, ...]:
    """The rules that have to be evaluated; what the engine cannot read is left out (a test names those)."""
    return tuple(rule for c in constraints if c.key not in _ELSEWHERE and (rule := _rule(c)))


def _rule(constraint: Constraint) -> Rule | None:
    expression = compiled(_BETTER.get(constraint.key, constraint.expression))
    severity = "information" if constraint.best_practice else constraint.severity
    if expression is None:
        return None
    return Rule(constraint.key, severity, expression, constraint.expression, constraint.text)


@cache
def compiled(text: str) -> Expression | None:
    """The expression, or None where the engine cannot read it."""
    try:
        return compile_expression(mended(text))
    except FhirPathSyntaxError:
        return None

"""Deciding again what was decided: all that a decision took, and the same pure function over it.

Years later the same input under the same rules must give the same decision, and under other rules it shows
what they would have changed. Nothing here knows where the input was kept.
"""

from dataclasses import dataclass, replace

from fhirpa.um.case import Case
from fhirpa.um.context import DecisionContext
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import RuleSet
from fhirpa.um.updating import UpdateProposal, propose_update


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """All that a decision took beside the rules: what was asked, what the payer knew, the case it changed."""

    request: AuthorizationRequest
    context: DecisionContext
    case: Case | None = None  # before the update; None: the request opened a case


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision of the engine with its input, the version of the rules, and the program that made it."""

    taken: DecisionInput
    decision: Decision
    program: str

    @property
    def rules_version(self) -> str:
        """The rules that decided."""
        return self.decision.rules_version


def decide_again(taken: DecisionInput, rules: RuleSet) -> Decision | None:
    """What these rules say to that input; None for an update that leaves nothing to decide."""
    if taken.case is None:
        return decide(taken.request, taken.context, rules)
    return update_decision(propose_update(taken.case, taken.request, taken.context, rules))


def update_decision(proposal: UpdateProposal) -> Decision | None:
    """What the engine proposes of an update: only the lines that it decided, and all draws that now hold."""
    found = proposal.found
    if found is None:
        return None
    if found.decision.errors:
        return found.decision
    order = (x.line.sequence for x in proposal.merged.lines)
    lines = tuple(found.proposals[n] for n in order if n in found.proposals)
    return replace(found.decision, lines=lines, draws=found.draws)

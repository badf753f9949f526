"""What a criterion finds in the data of a course."""

from typing import NamedTuple

from fhirpa.um.evidence import Source
from fhirpa.um.expression.values import Value
from fhirpa.um.terms import CriterionStatus


class Finding(NamedTuple):
    """Status with the facts behind it; `missing` names the facts that nothing tells."""

    status: CriterionStatus
    facts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()


def finding_of(value: Value) -> Finding:
    """What an expression came to, as the status of a criterion."""
    if value.known is None:
        return Finding(CriterionStatus.UNDETERMINED, value.facts, value.sources, value.missing)
    status = CriterionStatus.MET if value.known else CriterionStatus.NOT_MET
    return Finding(status, value.facts, value.sources)

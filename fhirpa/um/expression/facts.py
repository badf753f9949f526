"""The vocabulary: every word that a policy may use for what was sent; see docs/policy-language.md."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fhirpa.um.expression import (
    facts_attention,
    facts_condition,
    facts_documents,
    facts_function,
    facts_norms,
    facts_plan,
    facts_request,
)
from fhirpa.um.expression.evaluate import Expression, compile_text
from fhirpa.um.expression.vocabulary import Fact, Parameter

_ALL: Final = (
    *facts_request.FACTS,
    *facts_documents.FACTS,
    *facts_condition.FACTS,
    *facts_plan.FACTS,
    *facts_function.FACTS,
    *facts_norms.FACTS,
    *facts_attention.FACTS,
)
VOCABULARY: Final[Mapping[str, Fact]] = MappingProxyType({fact.name: fact for fact in _ALL})


def compile_criterion(text: str, parameters: Mapping[str, Parameter]) -> Expression:
    """The expression of a criterion, over the vocabulary. Raises ExpressionError."""
    return compile_text(text, VOCABULARY, parameters, compile_criterion)

"""The public face: a text is compiled once and evaluated on many nodes."""

from dataclasses import replace
from typing import Any

from fhirpa.fhir.fhirpath.code import Run, truth_code
from fhirpa.fhir.fhirpath.compiler import compile_text
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.model import Node
from fhirpa.fhir.fhirpath.native import NATIVE


class Expression:
    """A compiled expression. It holds no state: any number of threads may share it."""

    __slots__ = ("_items", "_truth", "_uses_context", "text")

    def __init__(self, text: str, items: Run, truth: Run, uses_context: bool) -> None:
        self.text = text
        self._items = items
        self._truth = truth
        self._uses_context = uses_context

    def evaluate(self, node: Node, environment: Environment) -> list[Any]:
        """The items: nodes, or system values (str, bool, int, Decimal, Temporal, Quantity).

        Raises EvaluationError, whatever the data is, and nothing else.
        """
        if self._uses_context and environment.context is None:
            environment = replace(environment, context=node)
        try:
            return list(self._items(node, environment))
        except (ArithmeticError, RecursionError) as error:
            raise EvaluationError("the data is out of every range") from error

    def holds(self, node: Node, environment: Environment) -> bool:
        """Whether an invariant is kept: the expression is true, or one item that is not boolean.

        What evaluates to nothing is not true, and HL7's validator reads it so: `first().resource is Claim` of
        an empty Bundle. Raises EvaluationError.
        """
        if self._uses_context and environment.context is None:
            environment = replace(environment, context=node)
        try:
            return self._truth(node, environment) is True
        except (ArithmeticError, RecursionError) as error:
            raise EvaluationError("the data is out of every range") from error

    def __repr__(self) -> str:
        return f"<Expression {self.text!r}>"


def compile_expression(text: str) -> Expression:
    """The expression `text`. Raises FhirPathSyntaxError (UnknownFunction), which says where. Cache it."""
    code = compile_text(text)
    native = NATIVE.get(text)
    if native is not None:
        code = truth_code(native(code.truth()))
    return Expression(text, code.items(), code.truth(), "%context" in text)

"""The tree of an expression's text, by precedence climbing: http://hl7.org/fhirpath/N1/#operator-precedence."""

from decimal import Decimal
from typing import Final

from fhirpa.fhir.fhirpath.errors import FhirPathSyntaxError
from fhirpa.fhir.fhirpath.lexer import Kind, Token, tokens
from fhirpa.fhir.fhirpath.quantity import CALENDAR_WORDS, Quantity
from fhirpa.fhir.fhirpath.syntax import (
    Binary,
    Call,
    Index,
    Literal,
    Member,
    Sign,
    Special,
    Syntax,
    TypeName,
    TypeTest,
    Variable,
    levels,
)
from fhirpa.fhir.fhirpath.temporal import parse_literal

MAX_NESTING = 60
MAX_DEPTH = 200  # of the tree: closures call each other so deep
MAX_LENGTH = 20_000  # characters; the longest expression of the official packages has 2,000

_STRENGTH: Final = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    "=": 5,
    "~": 5,
    "!=": 5,
    "!~": 5,
    "<": 6,
    ">": 6,
    "<=": 6,
    ">=": 6,
    "|": 7,
    "is": 8,
    "as": 8,
    "+": 9,
    "-": 9,
    "&": 9,
    "*": 10,
    "/": 10,
    "div": 10,
    "mod": 10,
}
_SPECIALS: Final = frozenset({"$this", "$index", "$total"})
_NAMES_BESIDE_OPERATORS: Final = frozenset({"as", "contains", "in", "is"})


def parse(text: str) -> Syntax:
    """The tree of `text`. Raises FhirPathSyntaxError."""
    if len(text) > MAX_LENGTH:
        raise FhirPathSyntaxError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(tokens(text))
    result = parser.expression(1)
    parser.expect_end()
    if sum(1 for _ in levels(result)) > MAX_DEPTH:
        raise FhirPathSyntaxError(f"a chain of more than {MAX_DEPTH} parts", len(text))
    return result


class _Parser:
    """Recursive descent over the tokens; `_nesting` keeps it off Python's limit."""

    def __init__(self, stream: list[Token]) -> None:
        self._stream = stream
        self._at = 0
        self._nesting = 0

    def expression(self, weakest: int) -> Syntax:
        """An expression of operators not weaker than `weakest`."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise FhirPathSyntaxError("nested too deep", self._peek().position)
        left = self._signed()
        while (strength := self._operator_strength()) >= weakest:
            token = self._next()
            if strength == _STRENGTH["is"]:
                left = TypeTest(token.text, left, self._type_name(), token.position)
            else:
                left = Binary(token.text, left, self.expression(strength + 1), token.position)
        self._nesting -= 1
        return left

    def expect_end(self) -> None:
        token = self._peek()
        if token.kind is not Kind.END:
            raise FhirPathSyntaxError(f"unexpected {token.text!r}", token.position)

    def _peek(self) -> Token:
        return self._stream[self._at]

    def _next(self) -> Token:
        token = self._stream[self._at]
        self._at += token.kind is not Kind.END
        return token

    def _take(self, symbol: str) -> bool:
        token = self._peek()
        if token.kind is Kind.SYMBOL and token.text == symbol:
            self._at += 1
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            token = self._peek()
            found = repr(token.text) if token.kind is not Kind.END else "the end"
            raise FhirPathSyntaxError(f"expected {symbol!r}, found {found}", token.position)

    def _operator_strength(self) -> int:
        token = self._peek()
        return _STRENGTH.get(token.text, 0) if token.kind in (Kind.SYMBOL, Kind.NAME) else 0

    def _signed(self) -> Syntax:
        token = self._peek()
        if token.kind is Kind.SYMBOL and token.text in ("+", "-"):
            self._at += 1
            return Sign(token.text, self._path(), token.position)
        return self._path()

    def _path(self) -> Syntax:
        result = self._term()
        while True:
            token = self._peek()
            if self._take("."):
                result = self._invocation(result, self._next())
            elif self._take("["):
                result = Index(result, self.expression(1), token.position)
                self._expect("]")
            else:
                return result

    def _term(self) -> Syntax:
        token = self._next()
        if token.kind is Kind.STRING:
            return Literal(token.text, token.position)
        if token.kind is Kind.NUMBER:
            return self._number(token)
        if token.kind is Kind.MOMENT:
            return Literal(parse_literal(token.text, token.position), token.position)
        if token.kind is Kind.VARIABLE:
            return Variable(token.text, token.position)
        if token.kind is Kind.SYMBOL and token.text == "(":
            inner = self.expression(1)
            self._expect(")")
            return inner
        if token.kind is Kind.SYMBOL and token.text == "{":
            self._expect("}")
            return Literal(None, token.position)
        if token.kind is Kind.NAME and token.text in ("true", "false"):
            return Literal(token.text == "true", token.position)
        return self._invocation(None, token)

    def _number(self, token: Token) -> Syntax:
        number = Decimal(token.text) if "." in token.text else int(token.text)
        unit = self._peek()
        if unit.kind is Kind.STRING:
            self._at += 1
            return Literal(Quantity(Decimal(number), unit.text), token.position)
        if unit.kind is Kind.NAME and unit.text in CALENDAR_WORDS:
            self._at += 1
            return Literal(Quantity(Decimal(number), CALENDAR_WORDS[unit.text]), token.position)
        return Literal(number, token.position)

    def _invocation(self, source: Syntax | None, token: Token) -> Syntax:
        if token.kind is Kind.SPECIAL and source is None:
            if token.text not in _SPECIALS:
                raise FhirPathSyntaxError(f"unknown name {token.text}", token.position)
            return Special(token.text, token.position)
        if not _is_name(token, after_point=source is not None):
            found = repr(token.text) if token.kind is not Kind.END else "the end"
            raise FhirPathSyntaxError(f"expected a name or value, found {found}", token.position)
        if self._take("("):
            return Call(source, token.text, self._arguments(), token.position)
        return Member(source, token.text, token.position)

    def _arguments(self) -> tuple[Syntax, ...]:
        if self._take(")"):
            return ()
        result = [self.expression(1)]
        while self._take(","):
            result.append(self.expression(1))
        self._expect(")")
        return tuple(result)

    def _type_name(self) -> TypeName:
        first = self._next()
        if not _is_name(first, after_point=False):
            raise FhirPathSyntaxError("expected the name of a type", first.position)
        if not self._take("."):
            return TypeName("", first.text)
        second = self._next()
        if not _is_name(second, after_point=True):
            raise FhirPathSyntaxError("expected the name of a type", second.position)
        return TypeName(first.text, second.text)


def _is_name(token: Token, after_point: bool) -> bool:
    if token.kind is Kind.QUOTED_NAME:
        return True
    if token.kind is not Kind.NAME:
        return False
    return after_point or token.text not in _STRENGTH or token.text in _NAMES_BESIDE_OPERATORS


def type_of_argument(syntax: Syntax) -> TypeName | None:
    """The type that an argument of is(), as() or ofType() names; None if it names none."""
    match syntax:
        case Member(source=None, name=name):
            return TypeName("", name)
        case Member(source=Member(source=None, name=namespace), name=name):
            return TypeName(namespace, name)
    return None

"""From text to the parts of an expression: a recursive-descent parser with a limit on nesting.

expression = both { "or" both }
both       = negated { "and" negated }
negated    = "not" negated | "nothing" "says" negated | "shown" negated | compared
compared   = sum [ comparison sum | "in" list | "starts" "with" … | "mentions" … | "between" sum "and" sum
                 | "is" "known" ]
sum        = product { ("+" | "-") product }
product    = single { ("*" | "/") single }
single     = "-" single | literal | list | name [ "(" … ")" ] | "(" expression ")" | over
           | "any" "told" "of" "(" … ")" | "days" "from" single "to" single
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from fhirpa.um.expression.errors import ExpressionError, did_you_mean
from fhirpa.um.expression.nodes import (
    AnyTold,
    Between,
    Binary,
    Day,
    DaysFrom,
    Items,
    Joined,
    Known,
    Name,
    Negative,
    Node,
    Not,
    NothingSays,
    Over,
    Quantity,
    Shown,
    Text,
    Truth,
    parts,
)
from fhirpa.um.expression.tokens import KEYWORDS, Token, tokens

DEEPEST: Final = 40  # parts within parts
_SIGNS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_PHRASES: Final = {("at", "least"): ">=", ("at", "most"): "<=", ("more", "than"): ">", ("less", "than"): "<"}
_COUNTED: Final = frozenset({"any", "all", "count", "share"})
_MEASURED: Final = frozenset({"least", "greatest", "sum"})


def parse(text: str) -> Node:
    """The parts of an expression. Raises ExpressionError, with the place, for anything else."""
    reader = _Reader(text)
    node = reader.expression()
    reader.end()
    _check_depth(node, text)
    return node


def parse_literal(text: str) -> Quantity | Text | Day | Truth:
    """One literal, as parameters have it: 90 days, 50 %, -1.5 SD. Raises ExpressionError if it is none."""
    node = parse(text)
    if isinstance(node, Negative) and isinstance(node.operand, Quantity):
        return Quantity(-node.operand.amount, node.operand.unit, node.at)
    if isinstance(node, Quantity | Text | Day | Truth):
        return node
    raise ExpressionError("a single value belongs here, such as 90 days or 50 %", text, 0, len(text))


def _check_depth(node: Node, text: str) -> None:
    level = [node]
    for _ in range(DEEPEST):
        level = [below for one in level for below in parts(one)]
        if not level:
            return
    raise ExpressionError(f"more than {DEEPEST} parts within parts", text, level[0].at)


class _Reader:
    """Reads the tokens of one text from left to right; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._next, self._depth = text, tokens(text), 0, 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._next]

    def _error(self, fault: str, token: Token | None = None) -> ExpressionError:
        token = token or self._now
        return ExpressionError(fault, self._text, token.at, token.length)

    def _take(self) -> Token:
        token = self._now
        self._next += 1
        return token

    def _is(self, *values: str) -> bool:
        """True if these keywords or signs come next."""
        ahead = self._tokens[self._next : self._next + len(values)]
        return [t.value for t in ahead if t.kind in ("keyword", "sign")] == list(values)

    def _took(self, *values: str) -> bool:
        found = self._is(*values)
        self._next += len(values) if found else 0
        return found

    def _expect(self, value: str, why: str) -> None:
        if not self._took(value):
            raise self._error(
                f"'{value}' is missing{why}" if self._now.kind == "end" else self._instead(value, why)
            )

    def _instead(self, value: str, why: str) -> str:
        return f"'{value}' belongs here{why}, not '{self._now.value}'"

    def end(self) -> None:
        """Nothing may follow."""
        if self._now.kind != "end":
            raise self._error(self._unexpected())

    def _unexpected(self) -> str:
        token = self._now
        if token.value == "not" and self._tokens[self._next - 1].value == "is":
            return "'is not known' cannot be asked: what was not told is undetermined, never a fact"
        if token.kind == "sign":
            return f"'{token.value}' does not fit here"
        near = did_you_mean(token.value, KEYWORDS) if token.kind in ("word", "code") else ""
        return f"'{token.value}' does not fit here{near or ': is an and, or, or a comma missing before it?'}"

    def expression(self) -> Node:
        """expression = both { "or" both }."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} brackets within brackets")
        node = self._joined("or")
        self._depth -= 1
        return node

    def _joined(self, word: str) -> Node:
        read = self._both if word == "or" else self._negated
        first = read()
        operands = [first]
        while self._took(word):
            operands.append(read())
        return first if len(operands) == 1 else Joined(word, tuple(operands), first.at)

    def _both(self) -> Node:
        return self._joined("and")

    def _negated(self) -> Node:
        at = self._now.at
        if self._took("not"):
            return Not(self._nested(), at)
        if self._took("nothing", "says"):
            return NothingSays(self._nested(), at)
        if self._took("shown"):
            return Shown(self._nested(), at)
        return self._compared()

    def _nested(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} times not within not")
        node = self._negated()
        self._depth -= 1
        return node

    def _compared(self) -> Node:
        left = self._sum()
        at = self._now.at
        if self._now.kind == "sign" and self._now.value in _SIGNS:
            return Binary(self._take().value, left, self._sum(), at)
        for phrase, sign in _PHRASES.items():
            if self._took(*phrase):
                return Binary(sign, left, self._sum(), at)
        if self._took("in"):
            return Binary("in", left, self._single(), at)
        if self._took("mentions"):
            return Binary("mentions", left, self._single(), at)
        if self._took("starts"):
            self._expect("with", " after 'starts'")
            return Binary("starts with", left, self._single(), at)
        if self._took("between"):
            low = self._sum()
            self._expect("and", " between the two ends of 'between'")
            return Between(left, low, self._sum(), at)
        if self._took("is"):
            if self._is("not"):
                raise self._error(self._unexpected())
            self._expect("known", " after 'is' (to compare, use = or at least)")
            return Known(left, at)
        return left

    def _sum(self) -> Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> Node:
        return self._chain(self._single, ("*", "/"))

    def _chain(self, read: Callable[[], Node], signs: tuple[str, str]) -> Node:
        node = read()
        while self._now.kind == "sign" and self._now.value in signs:
            sign = self._take()
            node = Binary(sign.value, node, read(), sign.at)
        return node

    def _single(self) -> Node:
        token = self._now
        if token.kind in ("number", "text", "code", "day"):
            return self._literal()
        if token.kind == "word":
            return self._name()
        if self._took("("):
            node = self.expression()
            self._expect(")", " to close the bracket")
            return node
        if self._took("["):
            return Items(self._items(), token.at)
        if self._took("-"):
            return self._negative(token)
        return self._by_keyword(token)

    def _negative(self, token: Token) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} signs in a row")
        node = Negative(self._single(), token.at)
        self._depth -= 1
        return node

    def _by_keyword(self, token: Token) -> Node:
        if self._took("any", "told", "of"):
            return AnyTold(self._arguments(), token.at)
        if self._took("any", "told"):
            return self._over("any told", token)
        if self._took("days", "from"):
            start = self._single()
            self._expect("to", " after 'days from …'")
            return DaysFrom(start, self._single(), token.at)
        if token.kind == "keyword" and token.value in ("true", "false"):
            return Truth(self._take().value == "true", token.at)
        if token.kind == "keyword" and token.value in _COUNTED | _MEASURED:
            return self._over(self._take().value, token)
        if token.kind == "end":
            raise self._error("something is missing at the end")
        raise self._error(
            self._unexpected() if token.kind == "sign" else f"a value belongs here, not '{token.value}'"
        )

    def _over(self, word: str, token: Token) -> Node:
        self._expect("(", f" after '{word}'")
        value = None
        if word in _MEASURED:
            value = self._sum()
            self._expect("of", f": write {word}(score of measures where …)")
        if self._now.kind != "word":
            raise self._error(f"'{word}' goes over a list of facts: name one, such as orders")
        source = self._name()
        where = self.expression() if self._took("where") else None
        self._expect(")", f" to close '{word}('")
        return Over(word, source, value, where, token.at)

    def _name(self) -> Name:
        token = self._take()
        return Name(token.value, self._arguments() if self._is("(") else (), token.at)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(", "")
        out = [self.expression()]
        while self._took(","):
            out.append(self.expression())
        self._expect(")", " to close the bracket")
        return tuple(out)

    def _items(self) -> "tuple[Quantity | Text | Day, ...]":
        out: list[Quantity | Text | Day] = []
        while not self._took("]"):
            if out:
                self._expect(",", " between the values of a list")
            if self._now.kind not in ("number", "text", "code", "day"):
                raise self._error("a list holds codes, numbers, days or texts in quotes")
            out.append(self._literal())
        return tuple(out)

    def _literal(self) -> Quantity | Text | Day:
        token = self._take()
        if token.kind == "number":
            return Quantity(Decimal(token.value), token.unit, token.at)
        if token.kind == "day":
            return Day(self._day(token), token.at)
        return Text(token.value, token.at)

    def _day(self, token: Token) -> date:
        try:
            return date.fromisoformat(token.value)
        except ValueError as error:
            raise self._error(f"'{token.value}' is not a day of the calendar", token) from error

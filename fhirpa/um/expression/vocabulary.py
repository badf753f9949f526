"""The words that expressions may use: facts, the fields of their records, and the types of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fhirpa.um.expression.values import Value


class Kind(StrEnum):
    """What a value is. Only values of one kind are compared, added or subtracted."""

    BOOLEAN = "yes or no"
    NUMBER = "number"
    SHARE = "share (%)"
    RATIO = "ratio"  # of two numbers: compares with either
    DURATION = "length of time"
    DATE = "day"
    CODE = "code"
    TEXT = "text"
    LITERAL = "code or text"  # written in the expression
    MEASURED = "score"  # with its unit
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind; the unit of a score (None: that of the measure, known in a case only); a list's entries."""

    kind: Kind
    unit: str | None = None
    record: "RecordType | None" = None
    item: "Type | None" = None  # of a list of literals

    def __str__(self) -> str:
        if self.kind is Kind.MEASURED and self.unit:
            return f"{self.kind} in {self.unit}"
        if self.record is not None:
            return f"list of {self.record.name}"
        return f"list of {self.item}s" if self.item else str(self.kind)


BOOLEAN, NUMBER, SHARE = Type(Kind.BOOLEAN), Type(Kind.NUMBER), Type(Kind.SHARE)
RATIO, DURATION, DATE = Type(Kind.RATIO), Type(Kind.DURATION), Type(Kind.DATE)
CODE, TEXT, LITERAL, SCORE = Type(Kind.CODE), Type(Kind.TEXT), Type(Kind.LITERAL), Type(Kind.MEASURED)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `untold` is what a reviewer reads where it was not told."""

    type: Type
    meaning: str
    untold: str = ""


@dataclass(frozen=True, slots=True)
class RecordType:
    """What one entry of a list of facts tells."""

    name: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Fact:
    """One word of the vocabulary.

    `read` gets what is judged and the values of `takes`; it never raises. Its values for lists are tuples of
    Record. `label` names the fact where several are asked for together; `untold` is said where it is unknown.
    """

    name: str
    type: Type
    meaning: str
    read: Callable[..., Value]
    takes: Mapping[str, Type] = field(default_factory=dict)
    label: str = ""
    untold: str = ""


Vocabulary = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value of a criterion that may differ by line of business (any text, such as MCD)."""

    type: Type
    default: Any
    by_line: Mapping[str, Any] = field(default_factory=dict)

    def of(self, line: str) -> Any:
        """The value that holds in a line of business."""
        return self.by_line.get(line, self.default)


@dataclass(frozen=True, slots=True)
class Subject:
    """What facts are read from, its line of business, and what was already read of it or worked out."""

    of: Any
    line: str
    seen: dict[Any, Value]

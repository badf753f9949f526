"""What is wrong with an expression, where, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


class ExpressionError(ValueError):
    """An expression that cannot be used. `str` gives line, column, fault and a caret under the place.

    `at` is the offset in `text`.
    """

    def __init__(self, fault: str, text: str, at: int, length: int = 1) -> None:
        super().__init__(fault)
        self.fault, self.text, self.at, self.length = fault, text, at, max(length, 1)

    @property
    def line(self) -> int:
        """The line in the expression; the first is 1."""
        return self.text.count("\n", 0, self.at) + 1

    @property
    def column(self) -> int:
        """The column in the line; the first is 1."""
        return self.at - (self.text.rfind("\n", 0, self.at) + 1) + 1

    def __str__(self) -> str:
        shown = (self.text.split("\n") or [""])[self.line - 1]
        marks = "^" * min(self.length, max(len(shown) - self.column + 1, 1))
        space = "".join("\t" if c == "\t" else " " for c in shown[: self.column - 1])
        return f"line {self.line}, column {self.column}: {self.fault}\n    {shown}\n    {space}{marks}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """': did you mean …?' with the nearest known name, or nothing where none is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f": did you mean '{near[0]}'?" if near else ""

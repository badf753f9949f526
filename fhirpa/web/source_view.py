"""A source as the page shows it: numbered lines, faulty ones marked, what is far from any fault left out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_ALL = 3000  # lines that are shown whole
_AROUND = 4  # lines before and after a faulty one, in a source that is longer
_MOST = 3000  # lines shown of that
_LINE = 500  # characters of a line
_BEFORE = 120  # characters before the fault, in a line that is longer

# Characters that would reorder the line, hide in it or break it, in place of which their code is shown.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A fault on a line: its severity, its column (from 1) and the number of the finding in the list."""

    severity: str
    column: int
    finding: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `text` may be cut; `severity` is the worst of its marks."""

    number: int
    text: str
    marks: tuple[Mark, ...]

    @property
    def severity(self) -> str | None:
        """error, warning or information; None for a line that nothing was found on."""
        found = {m.severity for m in self.marks}
        return next((s for s in ("error", "warning", "information") if s in found), None)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that are left out, from and to inclusive."""

    first: int
    last: int


def view(source: str, marks: Mapping[int, Sequence[Mark]]) -> list[Line | Gap]:
    """What to show of a source with marks by line number."""
    lines = source.split("\n")
    if len(lines) > 1 and not lines[-1] and len(lines) not in marks:
        lines.pop()  # a text that ends with a line break has no empty line behind it
    wanted = range(1, len(lines) + 1) if len(lines) <= _ALL else sorted(_near(marks, len(lines)))
    return list(_with_gaps(_lines(lines, wanted, marks), len(lines)))


def visible(text: str) -> str:
    """The text with a visible sign for each character that could not be seen or that turns others about."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def _near(marks: Mapping[int, Sequence[Mark]], count: int) -> set[int]:
    """The first lines and those around the faults, errors first, as many as are shown."""
    order = {"error": 0, "warning": 1}
    ranked = sorted(marks, key=lambda n: (min(order.get(m.severity, 2) for m in marks[n]), n))
    found = set(range(1, min(2 * _AROUND, count) + 1))
    for number in ranked:
        if len(found) >= _MOST:
            break
        found.update(range(max(1, number - _AROUND), min(count, number + _AROUND) + 1))
    return found


def _lines(
    lines: Sequence[str], wanted: Iterable[int], marks: Mapping[int, Sequence[Mark]]
) -> Iterator[Line]:
    for number in wanted:
        on_line = tuple(marks.get(number, ()))
        yield Line(number, _cut(lines[number - 1].rstrip("\r"), on_line), on_line)


def _cut(text: str, marks: Sequence[Mark]) -> str:
    if len(text) <= _LINE:
        return visible(text)
    start = max(0, min(m.column for m in marks) - 1 - _BEFORE) if marks else 0
    end = start + _LINE
    before = f"… {start} characters … " if start else ""
    after = f" … {len(text) - end} more characters" if end < len(text) else ""
    return before + visible(text[start:end]) + after


def _with_gaps(lines: Iterable[Line], count: int) -> Iterator[Line | Gap]:
    last = 0
    for line in lines:
        if line.number > last + 1:
            yield Gap(last + 1, line.number - 1)
        yield line
        last = line.number
    if last < count:
        yield Gap(last + 1, count)

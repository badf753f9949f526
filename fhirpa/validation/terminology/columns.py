"""Tables of codes: CSV with `system,code[,display][,valueset]`, and files whose columns the caller names.

So that lists load as their owners publish them: LOINC's CSV by names of columns, RxNorm's RRF by numbers.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fhirpa.validation.rows import Row
from fhirpa.validation.terminology.folder import CODE_SYSTEM, VALUE_SET

_BAR: Final = "|"


class ColumnError(ValueError):
    """A table that does not have the columns that were named. The text holds no content of the file."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, by its name or its number from 1.

    `system`, `value_set` and `version` hold for all rows. `where` are pairs of column and value that a row
    must have; `inactive` those that mark a retired code. With `fragment` the file is not all of the system.
    """

    code: str = "code"
    display: str = "display"
    system_column: str = "system"
    value_set_column: str = "valueset"
    system: str | None = None
    value_set: str | None = None
    version: str = ""
    delimiter: str = ","
    has_header: bool = True
    where: tuple[tuple[str, str], ...] = ()
    inactive: tuple[tuple[str, str], ...] = ()
    fragment: bool = False


@dataclass(slots=True)
class _System:
    displays: dict[str, str | None] = field(default_factory=dict)
    designations: dict[str, list[str]] = field(default_factory=dict)
    inactive: list[str] = field(default_factory=list)


def read_table(text: str, columns: Columns) -> Iterator[tuple[str, str, Row]]:
    """Kind, url and row of each list in a table: rows without a value set make code systems.

    Raises ColumnError.
    """
    systems: dict[str, _System] = {}
    sets: dict[str, dict[str, set[str]]] = {}
    for row in _Rows(text, columns):
        if row.value_set:
            sets.setdefault(row.value_set, {}).setdefault(row.system, set()).add(row.code)
        else:
            _add(systems.setdefault(row.system, _System()), row)
    if not systems and not sets:
        raise ColumnError("no row of the table has what was asked for")
    for url, system in systems.items():
        yield CODE_SYSTEM, url, _system_row(system, columns.fragment)
    for url, codes in sets.items():
        yield VALUE_SET, url, {"codes": {s: sorted(own) for s, own in sorted(codes.items())}}


def _add(system: _System, row: "_Coded") -> None:
    """A code that stands there twice has further names: its first display counts."""
    first = system.displays.get(row.code)
    if row.code not in system.displays or first is None:
        system.displays[row.code] = row.display
    elif row.display and row.display != first:
        system.designations.setdefault(row.code, []).append(row.display)
    if row.is_inactive:
        system.inactive.append(row.code)


def _system_row(system: _System, fragment: bool) -> Row:
    row: dict[str, Any] = {"codes": list(system.displays)}
    if fragment:
        row["fragment"] = True
    displays = list(system.displays.values())
    if any(displays):
        row["displays"] = displays
    if system.designations:
        row["designations"] = system.designations
    if system.inactive:
        row["inactive"] = sorted(set(system.inactive))
    return row


@dataclass(frozen=True, slots=True)
class _Coded:
    system: str
    code: str
    display: str | None
    value_set: str | None
    is_inactive: bool


class _Rows:
    """The rows that are asked for."""

    def __init__(self, text: str, columns: Columns) -> None:
        # Files with bars (RRF) have quotes as text.
        quoting: Literal[0, 3] = csv.QUOTE_NONE if columns.delimiter == _BAR else csv.QUOTE_MINIMAL
        self._lines = csv.reader(io.StringIO(text), delimiter=columns.delimiter, quoting=quoting)
        self._columns = columns
        header = [n.strip().lower() for n in next(self._lines, [])] if columns.has_header else []
        self._header = {name: at for at, name in reversed(list(enumerate(header)))}

    def __iter__(self) -> Iterator[_Coded]:
        wanted = self._columns
        code = self._place(wanted.code)
        if code is None:
            raise ColumnError(f"the table has no column {wanted.code}")
        display, value_set = self._place(wanted.display), self._place(wanted.value_set_column)
        system = None if wanted.system else self._place(wanted.system_column)
        if system is None and not wanted.system:
            raise ColumnError(f"the table has no column {wanted.system_column}; name the system of all codes")
        where, inactive = self._tests(wanted.where), self._tests(wanted.inactive)
        for cells in self._lines:
            url = wanted.system or _cell(cells, system)
            found = _cell(cells, code)
            if url and found and all(_cell(cells, at) == value for at, value in where):
                yield _Coded(
                    url,
                    found,
                    _cell(cells, display),
                    wanted.value_set or _cell(cells, value_set),
                    any(_cell(cells, at) == value for at, value in inactive),
                )

    def _tests(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[int, str]]:
        tests = []
        for name, value in pairs:
            at = self._place(name)
            if at is None:
                raise ColumnError(f"the table has no column {name}")
            tests.append((at, value))
        return tests

    def _place(self, name: str) -> int | None:
        return int(name) - 1 if name.isdecimal() and int(name) else self._header.get(name.lower())


def _cell(cells: Sequence[str], at: int | None) -> str | None:
    return cells[at].strip() or None if at is not None and at < len(cells) else None

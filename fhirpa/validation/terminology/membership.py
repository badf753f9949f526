"""Whether a code is in a value set or a code system, by all that knows of it."""

from typing import Final

from fhirpa.validation.elements import ANY_SYSTEM, ValueSet
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terminology.computed import SYSTEMS, VALUE_SETS

MOST_REMEMBERED: Final = 10_000


class Membership:
    """Answers from the nearest source that knows; None where none does. Threads may share it."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self._worked_out: dict[tuple[str, str | None, str], bool] = {}
        self._members: set[tuple[str, str | None, str]] = set()

    def has(self, value_set: str, system: str, code: str) -> bool | None:
        """Whether a code of a system is in a value set."""
        if (value_set, system, code) in self._members:
            return True
        known = self._tables.value_set(value_set)
        if known is not None:
            verdict = known.has(system, code)
            if verdict is not None:
                return verdict and self._remember(value_set, system, code)
        return self._rule(known, value_set, system, code)

    def is_listed(self, value_set: str) -> bool:
        """Whether tables, loaded lists or rules say anything of a value set."""
        return self._tables.value_set(value_set) is not None or _url(value_set) in VALUE_SETS

    def has_code(self, value_set: str, code: str) -> bool | None:
        """The same for an element of type code, which names no system."""
        if (value_set, None, code) in self._members:
            return True
        known = self._tables.value_set(value_set)
        if known is not None:
            verdict = known.has_code(code)
            if verdict is not None:
                return verdict and self._remember(value_set, None, code)
        return self._rule(known, value_set, None, code)

    def exists(self, system: str, code: str) -> bool | None:
        """Whether a code system has a code."""
        known = self._tables.code_system(system)
        verdict = known.has(code) if known else None
        if verdict is None and system in SYSTEMS:
            verdict = SYSTEMS[system](code)
        return verdict

    def _remember(self, value_set: str, system: str | None, code: str) -> bool:
        """Keep what the tables say is in: nearly all that is asked is asked again with the next request."""
        if len(self._members) >= MOST_REMEMBERED:
            self._members.clear()
        self._members.add((value_set, system, code))
        return True

    def _rule(self, known: ValueSet | None, value_set: str, system: str | None, code: str) -> bool | None:
        """What a rule says, remembered."""
        key = (value_set, system, code)
        verdict = self._worked_out.get(key)
        if verdict is None:
            verdict = self._work_out(known, value_set, system, code)
            if verdict is not None:
                if len(self._worked_out) >= MOST_REMEMBERED:
                    self._worked_out.clear()
                self._worked_out[key] = verdict
        return verdict

    def _work_out(self, known: ValueSet | None, value_set: str, system: str | None, code: str) -> bool | None:
        rule = VALUE_SETS.get(_url(value_set))
        if rule and (system in (None, rule[0]) or known is None):
            return rule[1](code) if system in (None, rule[0]) else False
        if known is None:
            return None
        if system is not None:
            return self._in_open(known, system, code)
        if ANY_SYSTEM in known.unknown:
            return None
        verdicts = [self._in_open(known, each, code) for each in known.unknown]
        return True if True in verdicts else None if None in verdicts else False

    def _in_open(self, known: ValueSet, system: str, code: str) -> bool | None:
        """Whether a code is in a value set that lists not all codes of its system."""
        exists = self.exists(system, code)
        if exists and system not in known.whole:
            return None
        return exists


def _url(canonical: str) -> str:
    return canonical.partition("|")[0]

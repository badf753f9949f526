"""Whether a code is in a value set or a code system, by all that knows of it."""

from typing import Final

from fhirpa.validation.elements import ANY_SYSTEM, ValueSet
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terminology.computed import SYSTEMS, VALUE_SETS

MOST_REMEMBERED: Final = 10_000
LONGEST_REMEMBERED: Final = 64


class Membership:
    """Answers from the nearest source that knows; None where none does. Threads may share it.

    With `may_learn` a service is asked: what is unknown now may be known later.
    """

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self._terminology = tables.terminology
        self.may_learn = tables.terminology is not None and tables.terminology.has_service
        self._answers: dict[tuple[str, str | None, str], bool] = {}

    def has(self, value_set: str, system: str, code: str) -> bool | None:
        """Whether a code of a system is in a value set."""
        verdict = self._answers.get((value_set, system, code))
        if verdict is None:
            known = self._tables.value_set(value_set)
            verdict = self._decide(known, value_set, system, code)
            if verdict is None and self._terminology:
                is_whole = known is not None and system in known.whole
                verdict = self._terminology.ask("" if is_whole else value_set, system, code)
        return verdict

    def is_listed(self, value_set: str) -> bool:
        """Whether tables, loaded lists or rules say anything of a value set."""
        return self._tables.value_set(value_set) is not None or _url(value_set) in VALUE_SETS

    def has_code(self, value_set: str, code: str) -> bool | None:
        """The same for an element of type code, which names no system."""
        verdict = self._answers.get((value_set, None, code))
        if verdict is None:
            verdict = self._decide(self._tables.value_set(value_set), value_set, None, code)
        return verdict

    def exists(self, system: str, code: str) -> bool | None:
        """Whether a code system has a code."""
        verdict = self._exists_here(system, code)
        if verdict is None and self._terminology:
            verdict = self._terminology.ask("", system, code)
        return verdict

    def _exists_here(self, system: str, code: str) -> bool | None:
        """The same without a service."""
        known = self._tables.code_system(system)
        verdict = known.has(code) if known else None
        if verdict is None and system in SYSTEMS:
            verdict = SYSTEMS[system](code)
        return verdict

    def _decide(self, known: ValueSet | None, value_set: str, system: str | None, code: str) -> bool | None:
        """What tables and rules say, remembered: nearly all is asked again with the next request."""
        verdict = None
        if known is not None:
            verdict = known.has_code(code) if system is None else known.has(system, code)
        if verdict is None:
            verdict = self._work_out(known, value_set, system, code)
        if verdict is not None and len(code) <= LONGEST_REMEMBERED:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            self._answers[value_set, system, code] = verdict
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
        exists = self._exists_here(system, code)
        if exists and system not in known.whole:
            return None
        return exists


def _url(canonical: str) -> str:
    return canonical.partition("|")[0]

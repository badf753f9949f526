"""Process notes: what became of a line, who has it, by when. The sentences are those of `um.voice_provider`.

Guide: ClaimResponse.item.noteNumber -> processNote.
"""

from fhirpa.pas.access import Json
from fhirpa.pas.write_context import Writing
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.explanation import dues_of, explain_line
from fhirpa.um.voice_provider import certified_sentences, line_sentences


class Notes:
    """The process notes of one response; the same text is there once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, note: str) -> int:
        """The number of the note, which is added if it is new."""
        return self._numbers.setdefault(note, len(self._numbers) + 1)

    def numbers(self, notes: list[str]) -> list[int]:
        """The numbers of several notes, each once."""
        return list(dict.fromkeys(self.number(n) for n in notes if n.strip()))

    def listed(self) -> list[Json]:
        """ClaimResponse.processNote."""
        return [{"number": n, "type": "display", "text": t} for t, n in self._numbers.items()]


def line_notes(w: Writing, case: Case, line: CaseLine) -> list[str]:
    """All notes of one line: its state, what is certified, then what the decision itself remarked."""
    return line_sentences(explain_line(line), dues_of(case), w.texts, w.zone)


def certified_notes(w: Writing, line: CaseLine) -> list[str]:
    """What is certified, if anything is."""
    return certified_sentences(explain_line(line), w.texts)

"""The member's voice: plain words in the member's language, for letters and the portal.

No code, no abbreviation, no word on what is likely. The facts themselves stay with therapist and reviewer:
the member reads what was looked at, and in which papers it was found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from fhirpa.um.evidence import Source
from fhirpa.um.explanation import Explanation, LineExplained, Situation
from fhirpa.um.rules import Voice
from fhirpa.um.terms import Discipline
from fhirpa.um.wording import number

_KEYS: Final = {
    Situation.CLINICAL: "wait-clinical",
    Situation.BENEFIT: "wait-benefit",
    Situation.DIRECTOR: "wait-director",
    Situation.NOT_REQUIRED: "not-required",
    Situation.CONTACT_PAYER: "contact-payer",
    Situation.CANCELLED: "cancelled",
    Situation.DENIED_MEDICAL: "not-certified",
    Situation.DENIED_ADMINISTRATIVE: "not-covered",
}
_DENIED: Final = frozenset({Situation.DENIED_MEDICAL, Situation.DENIED_ADMINISTRATIVE})


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading or sentence, and the points of a list below it."""

    text: str
    points: tuple[str, ...] = ()


def member_paragraphs(whole: Explanation, voice: Voice, zone: tzinfo) -> tuple[Paragraph, ...]:
    """What a member reads of a case as it stands, in the language of the voice; each sentence once."""
    teller = _Teller(whole, voice, zone)
    return tuple(dict.fromkeys(teller.paragraphs()))


def as_text(paragraphs: Iterable[Paragraph]) -> str:
    """The paragraphs as lines of text."""
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [paragraph.text, *(f"- {x}" for x in paragraph.points), ""]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Teller:
    whole: Explanation
    voice: Voice
    zone: tzinfo

    def paragraphs(self) -> Iterator[Paragraph]:
        yield Paragraph(self._text("about"))
        for line in self.whole.lines:
            yield from self._line(line)
        open_lines = [x for x in self.whole.lines if x.situation.is_open]
        if open_lines and self.whole.dues.decision:
            yield Paragraph(self._text("due", day=self._moment(self.whole.dues.decision)))
        if open_lines:
            yield Paragraph(self._text("nothing-to-do"))
        looked_at = tuple(dict.fromkeys(self._looked_at()))
        if looked_at:
            yield Paragraph(self._text("looked-at"), looked_at)
        tips = dict.fromkeys(x.education for x in self.whole.lines if x.education in self.voice.tips)
        if tips:
            yield Paragraph(self._text("tips"), tuple(self.voice.tips[x or ""] for x in tips))
        yield Paragraph(self._text("help"))

    def _line(self, line: LineExplained) -> Iterator[Paragraph]:
        therapy = self._therapy(line.discipline)
        if line.authorization is not None and line.situation not in _DENIED:
            yield Paragraph(self._certified(line, therapy))
        if line.situation is Situation.INFORMATION:
            yield from self._information(line, therapy)
        elif line.situation in _KEYS:
            yield Paragraph(self._text(_KEYS[line.situation], therapy=therapy))
        if line.adverse is not None:
            yield Paragraph(self._text("reason", reason=line.adverse.reason))
            yield Paragraph(self._text("rule", rule=line.adverse.citation))

    def _certified(self, line: LineExplained, therapy: str) -> str:
        given = line.authorization
        assert given is not None
        certified = given.certified
        key = "certified-changed" if line.situation is Situation.CHANGED else "certified"
        return self._text(
            "certified-block" if line.situation.is_open else key,
            visits=self._visits(certified.visits or certified.quantity),
            therapy=therapy,
            start=self._day(certified.period.start),
            end=self._day(certified.period.end),
            number=given.number,
        )

    def _information(self, line: LineExplained, therapy: str) -> Iterator[Paragraph]:
        until = self.whole.dues.information
        if until is None:
            yield Paragraph(self._text("wait-information", therapy=therapy))
        else:
            yield Paragraph(self._text("wait-information-by", therapy=therapy, day=self._moment(until)))
        wanted = tuple(dict.fromkeys(self._named("item", x.key) for x in line.wanted))
        if wanted:
            yield Paragraph(self._text("asked-for"), wanted)

    def _looked_at(self) -> Iterator[str]:
        """What the criteria with papers on file are about, and the papers in which it was found."""
        for criterion in (c for line in self.whole.lines for c in line.criteria if c.sources):
            what = self._named("criterion", criterion.id)
            places = dict.fromkeys(map(self._place, criterion.sources))
            yield self._text("found-in", what=what, places=", ".join(places))

    def _place(self, source: Source) -> str:
        place = self._named("source", source.resource)
        return self._text("dated", place=place, day=self._day(source.day)) if source.day else place

    def _therapy(self, discipline: Discipline | None) -> str:
        return self._text("therapy" if discipline is None else f"therapy-{discipline}")

    def _visits(self, visits: Decimal | None) -> str:
        if visits is None or visits == 1:
            return self._text("visit-one")
        return self._text("visit-many", count=number(visits))

    def _moment(self, at: datetime) -> str:
        return self._day(at.astimezone(self.zone).date())

    def _day(self, day: date | None) -> str:
        if day is None:
            return "…"
        month = self.voice.texts["months"].split()[day.month - 1]
        return self._text("date", day=day.day, month=month, year=day.year)

    def _named(self, kind: str, of: str) -> str:
        """The text for one id; that for all others where it has none."""
        return self.voice.texts.get(f"{kind}.{of}") or self._text(kind)

    def _text(self, key: str, **values: object) -> str:
        return self.voice.texts[key].format(**values)

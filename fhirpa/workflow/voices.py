"""A case explained by one of its voices: to the provider, to the member, to the reviewer.

Whoever reads it is of the staff, and the reading is an event of the case (`review_view.show`).
"""

from collections.abc import Iterator
from enum import StrEnum

from fhirpa.um.case import Case
from fhirpa.um.explanation import Explanation, LineExplained, explain_case
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Lack
from fhirpa.um.voice_member import as_text, member_paragraphs
from fhirpa.um.voice_provider import criterion_sentences, line_sentences
from fhirpa.um.voice_reviewer import code_text, criterion_lines, desks_of, policy_line, step_lines
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.review_view import show
from fhirpa.workflow.services import Services

DEFAULT_LANGUAGE = "en"


class Reader(StrEnum):
    """Whom an explanation is for."""

    PROVIDER = "provider"
    MEMBER = "member"
    REVIEWER = "reviewer"


def told(
    services: Services, staff_id: str, case_number: str, reader: Reader, language: str | None = None
) -> str:
    """The case as it stands in the words of a reader; `language` of a member, their own where none is given.

    Raises ReviewRefused for somebody unknown or a language without texts, store.NotFound for an unknown case.
    """
    rules = services.rules
    known = rules.member_texts if reader is Reader.MEMBER else (DEFAULT_LANGUAGE,)
    if language is not None and language not in known:
        raise ReviewRefused(Lack("language", f"there are no texts for the {reader} in '{language}'"))
    return words(show(services, staff_id, case_number).case, rules, reader, language)


def words(case: Case, rules: RuleSet, reader: Reader, language: str | None = None) -> str:
    """The same of a case at hand; total. Provider and reviewer read English."""
    whole = explain_case(case, rules)
    if reader is Reader.MEMBER:
        voice = rules.member_texts[language or _language_of(case, rules)]
        return as_text(member_paragraphs(whole, voice, rules.programme.zone))
    tell = _to_provider if reader is Reader.PROVIDER else _to_reviewer
    return "\n".join(tell(whole, rules))


def _language_of(case: Case, rules: RuleSet) -> str:
    """The member's language as sent (BCP 47), where there are texts in it."""
    sent = (case.request.patient.language or "").partition("-")[0].lower()
    return sent if sent in rules.member_texts else DEFAULT_LANGUAGE


def _to_provider(whole: Explanation, rules: RuleSet) -> Iterator[str]:
    for line in whole.lines:
        yield _named(line)
        for text in line_sentences(line, whole.dues, rules.texts, rules.programme.zone):
            yield f"  {text}"
        for text in criterion_sentences(line, rules.texts):
            yield f"  - {text}"
    yield from whole.notes


def _to_reviewer(whole: Explanation, rules: RuleSet) -> Iterator[str]:
    for line in whole.lines:
        yield _named(line)
        if line.policy:
            yield f"  {policy_line(line.policy, rules)}"
        for desk in desks_of(line):
            yield f"  {code_text(desk, rules)}"
        for criterion in line.criteria:
            for text in criterion_lines(criterion):
                yield f"  {text}"
        for text in step_lines(line, rules):
            yield f"  {text}"


def _named(line: LineExplained) -> str:
    return f"line {line.sequence}: {line.service or '-'} {line.discipline or ''}".rstrip()

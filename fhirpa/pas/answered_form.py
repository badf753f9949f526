"""Which questionnaire of ours a QuestionnaireResponse answers."""

from fhirpa.pas.access import Json, objects, text
from fhirpa.pas.codes import QUESTIONNAIRE_ID


def is_ours(canonical: str) -> bool:
    """True for the address of one of our questionnaires, from whichever base it was fetched."""
    name = form_name(canonical)
    return name == QUESTIONNAIRE_ID or name.startswith(f"{QUESTIONNAIRE_ID}-")


def form_name(canonical: str) -> str:
    """The last part of a canonical without its version."""
    return canonical.partition("|")[0].rstrip("/").rpartition("/")[2]


def is_adaptive(response: Json) -> bool:
    """True if the form is contained in the response: it grew with the answers (SDC, adaptive forms)."""
    return (text(response.get("questionnaire")) or "").startswith("#")


def answered(response: Json) -> str | None:
    """The canonical, as sent, of our questionnaire that is answered; None if it is none of ours.

    An adaptive form says itself what it is, or what it derives from.
    """
    named = text(response.get("questionnaire")) or ""
    names: list[object] = [named]
    if is_adaptive(response):
        own = next((r for r in objects(response.get("contained")) if r.get("id") == named[1:]), {})
        derived = own.get("derivedFrom")
        names = [own.get("url"), *(derived if isinstance(derived, list) else [])]
    return next((n for n in map(text, names) if n and is_ours(n)), None)

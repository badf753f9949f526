"""What people write in review: long enough to say something, and free of words that do not belong there."""

import re
from typing import Final

from fhirpa.um.staff import Lack

FEWEST_WORDS: Final = 6  # fewer cannot be specific to a member
_NECESSITY: Final = re.compile(
    r"\bnecess\w*|\bunnecess\w*|\bclinical\w*|\bmedical(?:ly)?\b|\bappropriate\w*|\binappropriate\w*"
    r"|\bexperimental\b|\binvestigational\b",
    re.IGNORECASE,
)
_LEANING: Final = re.compile(
    r"\bden(?:y|ied|ies|ial)\b|\bnot[ _]met\b|\bfails?\b|\breject\w*|\brefus\w*|\bunnecessary\b"
    r"|\bnot (?:medically )?necessary\b|\binappropriate\b",
    re.IGNORECASE,
)
_FORMULA: Final = re.compile(
    r"^\W*(?:the (?:service|request|therapy) (?:is|was) )?(?:not medically necessary"
    r"|(?:does|did) not meet (?:the )?(?:medical )?(?:necessity )?criteria)\W*$",
    re.IGNORECASE,
)


_RATING: Final = re.compile(
    r"\balgorithm\w*|\bprobabilit\w*|\blikelihood\b|\bpredict(?:ed|ion|ions|ive|s)\b|\bautomated\b"
    r"|\b(?:risk|confidence|match|model|engine|approval) (?:score|rating)s?\b"
    r"|\b(?:engine|software) (?:said|says|found|recommend\w*|suggest\w*)\b",
    re.IGNORECASE,
)


def specific_lacks(text: str, what: str) -> tuple[Lack, ...]:
    """What a sentence about this member lacks: words, or anything but the formula."""
    if len(text.split()) < FEWEST_WORDS or _FORMULA.match(text):
        key = f"{what.replace(' ', '-')}-not-specific"
        return (Lack(key, f"'{what}' must say what is so of this member, in at least {FEWEST_WORDS} words"),)
    return ()


def necessity_lacks(text: str) -> tuple[Lack, ...]:
    """An administrative text never speaks of necessity: whoever means that asks a medical director."""
    found = _NECESSITY.search(text)
    if found is None:
        return ()
    return (Lack("necessity-wording", f"an administrative text does not say '{found.group()}'"),)


def rating_lacks(text: str) -> tuple[Lack, ...]:
    """A director's grounds rest on the member's facts, never on a rating that software gave.

    Tex. Ins. Code 4201.156. Scores of outcome measures are facts and stay.
    """
    found = _RATING.search(text)
    if found is None:
        return ()
    return (Lack("rating", f"the grounds rest on the member's facts, not on '{found.group()}'"),)


def leaning_lacks(text: str) -> tuple[Lack, ...]:
    """A question to the medical director does not suggest its answer (Tex. Ins. Code 4201.156)."""
    found = _LEANING.search(text)
    if found is None:
        return ()
    return (Lack("question-not-neutral", f"the question suggests its answer: '{found.group()}'"),)

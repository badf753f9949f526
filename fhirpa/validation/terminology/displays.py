"""Displays compared as people read them."""

from collections.abc import Iterable
from unicodedata import normalize


def fits_display(display: str, names: Iterable[str], language: str | None) -> bool:
    """Whether a display is one of the names of a code, apart from case, spaces and typographic variants.

    Names are taken to be English: where the resource is in another language, a display that is none of them
    may be a translation, and fits.
    """
    if language and language.lower().partition("-")[0] != "en":
        return True
    found = _folded(display)
    return any(found == _folded(name) for name in names)


def _folded(text: str) -> str:
    return " ".join(normalize("NFKC", text).translate(_MARKS).split()).casefold()


_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})

"""Regular expressions of matches() and replaceMatches(), as Python's `re` reads them.

Expressions are written for PCRE, Java or JavaScript, which agree on what FHIR uses. Patterns come from the
official packages, the texts from strangers: patterns that may take exponential time are refused, and a text
is searched up to a length only.
"""

import re
from typing import Final

from fhirpa.fhir.fhirpath.errors import EvaluationError

MAX_SEARCHED: Final = 8 * 1024  # characters

_ATOM: Final = re.compile(
    r"""
    (?P<class> \[\^?\]?(?:\\.|[^\]\\])*\] )
  | (?P<open> \((?:\?(?:[:=!>]|<[=!]|<[A-Za-z]\w*>|P<\w+>))? )
  | (?P<close> \) )
  | (?P<quantifier> (?:[*+?]|\{[0-9]*(?:,[0-9]*)?\})[?+]? )
  | (?P<or> \| )
  | (?P<anchor> [\^$]|\\[bBAZz] )
  | (?P<one> \\. | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUP_REFERENCE: Final = re.compile(r"\$(\d+|\{\w+\})")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern. Raises ValueError for one that Python cannot read or that may not end in time."""
    atoms = [(found.lastgroup or "", found[0]) for found in _ATOM.finditer(pattern)]
    _refuse_exponential(atoms)
    translated = "".join(_in_python(kind, text) for kind, text in atoms)
    try:
        return re.compile(translated, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError("a pattern that is no regular expression") from error


def searched(text: str) -> str:
    """The text itself, if it is short enough to search; else EvaluationError."""
    if len(text) > MAX_SEARCHED:
        raise EvaluationError(f"a text of more than {MAX_SEARCHED} characters is not searched")
    return text


def replacement(text: str, groups: int) -> str:
    """A substitution with $1 for group 1, as Python writes it. Raises EvaluationError for an absent group."""

    def reference(found: re.Match[str]) -> str:
        name = found[1].strip("{}")
        if name.isdigit() and int(name) > groups:
            raise EvaluationError("a substitution names a group that the pattern lacks")
        return f"\\g<{name}>"

    return _GROUP_REFERENCE.sub(reference, text.replace("\\", "\\\\"))


def _in_python(kind: str, text: str) -> str:
    if kind == "class":
        # Python warns of [ inside a class; the others take it as it stands.
        return text[0] + re.sub(r"(\\.)|\[", lambda m: m[1] or r"\[", text[1:], flags=re.DOTALL)
    return r"\Z" if text == r"\z" else text


def _refuse_exponential(atoms: list[tuple[str, str]]) -> None:
    """Refuse repeats inside repeats, unless each round begins with a character that nothing else in it takes.

    So `(\\.[a-z]+)*` passes and `([a-z]+)*` does not.
    """
    opened: list[int] = []
    for at, (kind, _) in enumerate(atoms):
        if kind == "open":
            opened.append(at)
        elif kind == "close":
            start = opened.pop() if opened else at
            after, how_often = atoms[at + 1] if at + 1 < len(atoms) else ("", "")
            repeated = after == "quantifier" and not how_often.startswith("?")
            if repeated and _is_ambiguous(atoms[start + 1 : at]):
                raise ValueError("a pattern that may take exponential time")


def _is_ambiguous(body: list[tuple[str, str]]) -> bool:
    repeats = any(kind == "quantifier" for kind, _ in body)
    alternatives = any(kind == "or" for kind, _ in body)
    if not repeats and not alternatives:
        return False
    if alternatives or not body or body[0][0] != "one" or (len(body) > 1 and body[1][0] == "quantifier"):
        return True
    first = body[0][1][-1]
    if first.isalnum() or body[0][1] == ".":
        return True
    return any(kind in ("one", "class") and _takes(_in_python(kind, text), first) for kind, text in body[1:])


def _takes(atom: str, character: str) -> bool:
    try:
        return re.fullmatch(atom, character, re.DOTALL) is not None
    except re.error:
        return True

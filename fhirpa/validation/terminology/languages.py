"""Language tags: RFC 5646 (BCP 47), with the subtags that IANA registers."""

import re
from typing import Final

from fhirpa.validation.terminology.public_codes import public_codes

_FILE: Final = "languages.json"

# RFC 5646, section 2.1; tags are compared without regard to case (2.1.1).
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?P<extlang>(-[a-z]{3}(?![a-z0-9])){0,3})"
    r"(-(?P<script>[a-z]{4})(?![a-z0-9]))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3})(?![a-z0-9]))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3})(?![a-z0-9]))*)"
    r"(?P<extensions>(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*)"
    r"(-x(-[a-z0-9]{1,8})+)?",
    re.ASCII,
).fullmatch
_PRIVATE: Final = re.compile(r"x(-[a-z0-9]{1,8})+", re.ASCII).fullmatch
_LOCAL: Final = {
    "language": re.compile(r"q[a-t][a-z]").fullmatch,
    "script": re.compile(r"qa(a[a-z]|b[a-x])").fullmatch,
    "region": re.compile(r"aa|q[m-z]|x[a-z]|zz").fullmatch,
}


def is_language(tag: str) -> bool:
    """Whether a tag is valid: well-formed, every subtag registered or for private use, none twice."""
    tag = tag.lower()
    if _PRIVATE(tag) or tag in public_codes(_FILE, "grandfathered"):
        return True
    found = _TAG(tag)
    if found is None:
        return False
    extlangs, variants = (found[name].split("-")[1:] for name in ("extlang", "variants"))
    singletons = re.findall(r"-([a-z0-9])(?=-)", found["extensions"])
    return (
        all(_is_registered(kind, found[kind]) for kind in ("language", "script", "region"))
        and len(extlangs) <= 1
        and all(e in public_codes(_FILE, "extlang") for e in extlangs)
        and all(v in public_codes(_FILE, "variant") for v in variants)
        and len(set(variants)) == len(variants)
        and len(set(singletons)) == len(singletons)
    )


def is_simple_language(tag: str) -> bool:
    """Whether a tag is valid and names a language, and a region at most (US Core's simple-language)."""
    found = _TAG(tag.lower())
    if found is None or "-x-" in tag.lower():
        return False
    rest = (found["extlang"], found["script"], found["variants"], found["extensions"])
    return not any(rest) and is_language(tag)


def _is_registered(kind: str, subtag: str | None) -> bool:
    return subtag is None or subtag in public_codes(_FILE, kind) or _LOCAL[kind](subtag) is not None

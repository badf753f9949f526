"""Which guide a resource is validated by: what the user names, or what the resource declares."""

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from fhirpa.cli.validating.options import Options
from fhirpa.validation import available_sets, load_set
from fhirpa.validation.terminology import Terminology, open_terminology
from fhirpa.validation.validator import Validator

DEFAULT_GUIDE: Final = "pas-2.2.1"
_PAS: Final = "http://hl7.org/fhir/us/davinci-pas/"
_PACKAGE: Final = re.compile(r"^(?:[a-z][a-z0-9]*\.)*(?:davinci-)?")


class UnknownGuide(ValueError):
    """There are no tables of that name; the text names those that there are."""


def guide_named(text: str) -> str:
    """The set of tables that `text` means: pas-2.2.1, pas#2.2.1, hl7.fhir.us.davinci-pas#2.2.1; `pas` is the
    newest version of it. Raises UnknownGuide.
    """
    known = available_sets()
    name = _PACKAGE.sub("", text.strip().lower(), count=1).replace("#", "-")
    if name in known:
        return name
    versions = [k for k in known if k.rpartition("-")[0] == name]
    if versions:
        return max(versions, key=_version)
    raise UnknownGuide(f"no tables for {text}; there are {', '.join(k.replace('-', '#') for k in known)}")


def guide_declared(resource: Any) -> str | None:
    """The set that PAS profiles in meta.profile name by version, of a Bundle or its entries; else None."""
    known = available_sets()
    for canonical in _declared(resource):
        url, _, version = canonical.partition("|")
        if url.startswith(_PAS) and f"pas-{version}" in known:
            return f"pas-{version}"
    return None


@cache
def validator(guide: str, options: Options) -> Validator:
    """The validator of a guide, made once in a process. Tables are read when they are first looked up in.

    Raises TablesError for a terminology folder with a file that is no code list.
    """
    return Validator(load_set(guide, terminology=terminology(options.terminology, options.service)))


@cache
def terminology(folder: str | None, service: str | None) -> Terminology | None:
    """The loaded lists and the service that are asked, opened once in a process; None for neither.

    Raises TablesError as above, ValueError for an address without http(s).
    """
    return open_terminology(folder, service, token=os.environ.get("FHIRPA_TERMINOLOGY_TOKEN"))


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall("[0-9]+", name.rpartition("-")[2]))


def _declared(resource: Any) -> Iterator[str]:
    if not isinstance(resource, dict):
        return
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    yield from (p for p in profiles if isinstance(p, str)) if isinstance(profiles, list) else ()
    entries = resource.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _declared(entry.get("resource"))

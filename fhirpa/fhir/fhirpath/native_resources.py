"""Long invariants of whole resources by hand: Bundle, QuestionnaireResponse, and the check digit of an NPI.

As in `native`: each gives what its compiled expression gives, and leaves to that whatever is not plain.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Run
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.model import Node
from fhirpa.fhir.fhirpath.shapes import shape

_Json = dict[str, Any]


_NONE: Final[list[_Json]] = []  # nobody changes it


class _NotPlain(Exception):
    """The data is not of the form that R4 gives it; the compiled expression knows what follows from that."""


def _objects(owner: _Json, name: str) -> list[_Json]:
    """The JSON objects of a list, [] where there is none. Raises _NotPlain."""
    found = owner.get(name, _NONE)
    if type(found) is not list:
        raise _NotPlain
    for item in found:
        if type(item) is not dict:
            raise _NotPlain
    return found


def _object(owner: _Json, name: str) -> _Json:
    """A JSON object, {} where there is none. Raises _NotPlain."""
    found = owner.get(name, {})
    if type(found) is not dict:
        raise _NotPlain
    return found


def _text(owner: _Json, name: str) -> str | None:
    """A text with nothing beside it, None where there is none. Raises _NotPlain."""
    found = owner.get(name)
    if (name in owner and type(found) is not str) or "_" + name in owner:
        raise _NotPlain
    return found


def _plainly(type_name: str, work: Callable[[_Json, Environment], Any]) -> Callable[[Run], Run]:
    """Work on plain data of one type; the rest goes to what was compiled."""

    def build(compiled: Run) -> Run:
        def run(this: Node, env: Environment) -> Any:
            if this.shape.name == type_name and type(this.value) is dict:
                try:
                    return work(this.value, env)
                except _NotPlain:
                    pass
            return compiled(this, env)

        return run

    return build


def _all_or_none(name: str, types: frozenset[str]) -> Callable[[_Json, Environment], bool]:
    """bdl-3, bdl-4: each entry has `name` if the Bundle is of one of the types, else none has it."""

    def work(bundle: _Json, env: Environment) -> bool:
        around = env.resource.value if env.resource is not None else None
        kind = _text(around, "type") if type(around) is dict else None
        if kind is None or env.resource is None or env.resource.shape.name != "Bundle":
            raise _NotPlain
        wanted = kind in types
        entries = _objects(bundle, "entry")
        for entry in entries:
            _object(entry, name)
        return all((name in entry) is wanted for entry in entries)

    return work


def _bdl_7(bundle: _Json, env: Environment) -> bool:
    """No two entries with the same fullUrl and version."""
    kind = _text(bundle, "type")
    if kind is None:
        raise _NotPlain
    if kind == "history":
        return True
    seen: set[str] = set()
    count = 0
    for entry in _objects(bundle, "entry"):
        url = _text(entry, "fullUrl")
        if url is not None:
            meta = _object(_object(entry, "resource"), "meta")
            seen.add(url + (_text(meta, "versionId") or ""))
            count += 1
    return len(seen) == count


def _sdcqr_2(response: _Json, env: Environment) -> bool:
    """Side by side, no two items with answers have the same linkId."""
    has_value = shape("QuestionnaireResponse.item.answer").children["value"].any_filled
    owners = [response]
    for owner in owners:  # grows while it is gone through
        links: list[str] = []
        for item in _objects(owner, "item"):
            answers = _objects(item, "answer")
            if any(map(has_value, answers)):
                link = _text(item, "linkId")
                links += [] if link is None else [link]
            owners += [below for below in (item, *answers) if "item" in below]
        if len(links) != len(set(links)):
            return False
    return True


_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # the sum of the digits of twice the digit


def _npi(identifier: _Json, env: Environment) -> bool:
    """The first ten characters are digits that satisfy ISO/IEC 7812 behind the prefix 80840."""
    digits = (_text(identifier, "value") or "")[:10]
    if len(digits) < 10 or not (digits.isascii() and digits.isdigit()):
        raise _NotPlain
    total = 24 + sum(_DOUBLED[int(d)] for d in digits[::2]) + sum(map(int, digits[1::2]))
    return total % 10 == 0


def _of_npi() -> str:
    """The expression of us-core-17."""
    doubled = "(select(value.substring({},1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))"
    plain = "(value.substring({},1).toInteger())"
    terms = [(plain if place % 2 else doubled).format(place) for place in range(10)]
    return f"(({'+'.join(terms)} + 24)mod 10=0)"


_BATCH: Final = frozenset({"batch", "transaction", "history"})
_RESPONSE: Final = frozenset({"batch-response", "transaction-response", "history"})

OF_RESOURCES: Final[Mapping[str, Callable[[Run], Run]]] = MappingProxyType(
    {
        "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or "
        "%resource.type = 'history'))": _plainly("Bundle", _all_or_none("request", _BATCH)),
        "entry.all(response.exists() = (%resource.type = 'batch-response' or "
        "%resource.type = 'transaction-response' or %resource.type = 'history'))": _plainly(
            "Bundle", _all_or_none("response", _RESPONSE)
        ),
        "(type = 'history') or entry.where(fullUrl.exists())"
        ".select(fullUrl&resource.meta.versionId).isDistinct()": _plainly("Bundle", _bdl_7),
        "(QuestionnaireResponse|repeat(answer|item))"
        ".select(item.where(answer.value.exists()).linkId.isDistinct()).allTrue()": _plainly(
            "QuestionnaireResponse", _sdcqr_2
        ),
        _of_npi(): _plainly("Identifier", _npi),
    }
)

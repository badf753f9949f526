"""What an item must have to be of a slice, one by one, so that a fault can say what keeps an item out.

Made only when something is to be said; the matchers of `discriminators` decide.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, Node
from fhirpa.fhir.fhirpath.model import follow
from fhirpa.validation.discriminator_paths import THIS, Nodes, element_at, nodes_at
from fhirpa.validation.discriminators import Matcher, Matchers, never_told
from fhirpa.validation.elements import Discriminator, Element
from fhirpa.validation.tables import TableSet
from fhirpa.validation.values import same_as
from fhirpa.validation.wording import wanted

_DEEPEST: Final = 4
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """`path` (from the item; '' is the item) and what must be there, in words; `holds` tells if it is."""

    path: str
    says: str
    holds: Matcher

    @property
    def text(self) -> str:
        """As in: system must be 'phone'."""
        return f"{self.path or 'it'} {self.says}"


def wishes_of(
    tables: TableSet, matchers: Matchers, slice_: Element, discriminators: Iterable[Discriminator]
) -> tuple[Wish, ...]:
    """What the slice demands at its discriminators; empty where nothing is known to be demanded."""
    found: list[Wish] = []
    for by in discriminators:
        at = element_at(tables, slice_, by.path)
        nodes = nodes_at(by.path)
        path = "" if by.path == THIS else by.path.removeprefix(THIS + ".")
        values = list(_values(at, "", 0)) if at and by.kind in ("value", "pattern") else []
        if nodes is not None and values:
            found += [
                Wish(_join(path, inner), says, _holds(nodes, inner, value)) for inner, says, value in values
            ]
            continue
        matcher = matchers.of(slice_, (by,))
        if matcher is not never_told:
            found.append(Wish(path, _in_words(by, at), matcher))
    return tuple(found)


def described(wishes: Sequence[Wish]) -> str:
    """The first few of them for a text; '' if there are none."""
    more = ", …" if len(wishes) > _MOST_NAMED else ""
    return ", ".join(w.text for w in wishes[:_MOST_NAMED]) + more


def kept(wishes: Sequence[Wish], item: Node, env: Environment) -> float:
    """The share of the wishes that an item fulfils, 0 to 1."""
    return sum(w.holds(item, env) is not False for w in wishes) / len(wishes) if wishes else 0.0


def broken(wishes: Sequence[Wish], item: Node, env: Environment) -> str:
    """The wishes that an item does not fulfil, for a text."""
    return described([w for w in wishes if w.holds(item, env) is False])


def _values(at: Element, path: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    """Path, words and value of each single value that the slice fixes here and below."""
    stated = at.fixed if at.fixed is not None else at.pattern
    if stated is not None:
        yield from ((_join(path, inner), f"must be {wanted(v)}", v) for inner, v in _leaves(stated, ""))
        return
    for name, child in (at.children or {}).items() if depth < _DEEPEST else ():
        if name not in ("extension", "id"):
            yield from _values(child, _join(path, name.removesuffix("[x]")), depth + 1)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if type(value) is dict:
        for name, inner in value.items():
            yield from _leaves(inner, _join(path, name))
    elif type(value) is list:
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, value


def _holds(nodes: Nodes, path: str, value: Any) -> Matcher:
    names = path.split(".") if path else []
    is_same = same_as(value)

    def holds(item: Node, env: Environment) -> bool:
        found = nodes(item, env)
        for name in names:
            found = follow(found, name)
        return any(is_same(n.value if type(n) is Node else n) for n in found)

    return holds


def _in_words(by: Discriminator, at: Element | None) -> str:
    if by.kind == "exists":
        return "must be absent" if at and at.max == 0 else "must be there"
    types = at.types if at else ()
    if by.kind == "type":
        return f"must be: {', '.join(t.code for t in types)}" if types else "must lead to another type"
    if by.kind == "profile":
        names = [n for t in types for n in (*t.profiles, *t.targets)]
        return f"must meet {', '.join(names)}" if names else "must meet another profile"
    if at and at.binding and at.binding.value_set:
        return f"must have a code of {at.binding.value_set}"
    return "must be as the slice says"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name

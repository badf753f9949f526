"""Paths of the official validator and of ours, made comparable."""

from __future__ import annotations

import re

_RESOURCE = re.compile(r"/\*.*?\*/")
_TYPE = re.compile(r"\.ofType\([^)]*\)")
_URL = re.compile(r"\[url='.*?'\]")
_INDEX = re.compile(r"\[\d+\]$")
_REQUIRED = re.compile(
    r"(?:Slice ')?([A-Z][A-Za-z]*(?:\.[A-Za-z\[\]]+|:[^ .']+)*)'?(?: for extension '[^']*')?: "
)


def plain(path: str) -> str:
    """A path without what one side writes only: types, ids of resources, urls of extensions, `_`."""
    for pattern in (_RESOURCE, _TYPE, _URL):
        path = pattern.sub("", path)
    return path.rstrip("./").replace("[x]", "").replace("/", "").replace("._", ".")


def missing(path: str, text: str) -> str:
    """The path of the element that a message about its parent calls missing or too many."""
    found = _REQUIRED.match(text)
    name = found[1].rpartition(".")[2].partition(":")[0].replace("[x]", "") if found else ""
    return f"{path}.{name}" if name else path


def steps(one: str, other: str) -> int | None:
    """How many steps one path is inside the other (0: the same place); None if it is neither's inside."""
    short, long = sorted((_list(one), _list(other)), key=len)
    for index, (a, b) in enumerate(zip(short, long, strict=False)):
        if a != b and not (
            index == len(short) - 1
            and _INDEX.sub("", a) == _INDEX.sub("", b)
            and a.count("[") != b.count("[")
        ):
            return None
    return len(long) - len(short)


def general(path: str) -> str:
    """A path without indexes, for groups."""
    return re.sub(r"\[\d+\]", "", path)


def _list(path: str) -> list[str]:
    return path.split(".")

"""Changes to JSON in place that can be taken back: mutation tests need no copy of a bundle per mutant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

GONE: Final = object()


@dataclass(frozen=True, slots=True)
class Edit:
    """Put a value under a key of an object or list (a list takes its length, too); GONE takes it out."""

    box: Any
    key: Any
    value: Any


@contextmanager
def changed(edits: Sequence[Edit]) -> Iterator[None]:
    """The edits in force; afterwards everything is as it was, in its order."""
    boxes = list({id(e.box): e.box for e in edits}.values())
    before = [box.copy() for box in boxes]
    try:
        for edit in edits:
            _apply(edit)
        yield
    finally:
        for box, old in zip(boxes, before, strict=True):
            if isinstance(box, dict):
                box.clear()
                box.update(old)
            else:
                box[:] = old


def _apply(edit: Edit) -> None:
    if edit.value is GONE:
        del edit.box[edit.key]
    elif isinstance(edit.box, list) and edit.key == len(edit.box):
        edit.box.append(edit.value)
    else:
        edit.box[edit.key] = edit.value

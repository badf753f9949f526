"""Decisions that were kept by earlier programs are read by this one, with all that was in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fhirpa.store import codec
from fhirpa.um.replay import decide_again
from tests.replay.conftest import RULES
from tests.replay.freeze import FILES

KEPT = sorted(FILES.glob("*.json"))


def test_there_is_a_file_of_every_format() -> None:
    assert [x.stem for x in KEPT] == [f"decision-format-{n}" for n in range(1, codec.RECORD_FORMAT + 1)]


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.stem)
def test_nothing_of_an_older_decision_is_lost(path: Path) -> None:
    """Fails if a field was renamed or taken away, or a new one has no default: see docs/replay.md."""
    record = codec.decode_decision(path.read_bytes())
    now = msgspec.json.decode(codec.encode_decision(record))
    assert list(_lost("", msgspec.json.decode(path.read_bytes())["record"], now["record"])) == []


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.stem)
def test_an_older_decision_can_be_tried_under_the_rules_of_today(path: Path) -> None:
    record = codec.decode_decision(path.read_bytes())
    assert record.taken.case is not None
    after = decide_again(record.taken, RULES)
    assert after is not None
    assert [x.sequence for x in after.lines] == [x.sequence for x in record.decision.lines]


def _lost(place: str, kept: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every place of the kept text that is another today; what was added since is no loss."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for key, value in kept.items():
            yield from _lost(f"{place}.{key}", value, now.get(key, "nothing"))
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for index, (old, new) in enumerate(zip(kept, now, strict=True)):
            yield from _lost(f"{place}[{index}]", old, new)
    elif kept != now:
        yield place, kept, now

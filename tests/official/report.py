"""Prints what the official validator found: per file, then grouped over all files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.official.messages import Message

# What differs between two messages of the same cause: indexes, identities, identifiers.
_INDEX = re.compile(r"\[\d+\]")
_ENTRY = re.compile(r"Bundle\.entry\[\d+\]\.resource/\*(\w+)/[^*]*\*/")
_IDENTITY = re.compile(r"urn:uuid:[0-9a-f-]{36}|(?<![\w/.])[A-Z]\w+/[A-Za-z0-9.-]{1,64}")


def print_file(label: str, errors: Sequence[Message], others: Iterable[Message] = ()) -> None:
    """The errors of one resource with their causes; of ``others``, what is no error."""
    print(f"{'FAIL' if errors else 'ok  '} {label}")
    _print_messages(errors, depth=1)
    _print_messages([message for message in others if not message.is_error], depth=1)


def print_groups(errors: Mapping[str, Sequence[Message]]) -> None:
    """Equal messages over all resources, the most frequent first."""
    files: dict[tuple[str, str], set[str]] = defaultdict(set)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for label, messages in errors.items():
        for message in messages:
            key = general(message)
            files[key].add(label)
            counts[key] += 1
    failed = sum(1 for messages in errors.values() if messages)
    print(f"\n{len(errors)} resources, {failed} with errors, {len(counts)} different errors")
    for (path, text), count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{count:5} x in {len(files[path, text])}: {path}\n        {text}")


def general(message: Message) -> tuple[str, str]:
    """Path and text without what differs between two messages of the same cause."""
    path = _INDEX.sub("[]", _ENTRY.sub(r"\1", message.path))
    return path, _INDEX.sub("[]", _IDENTITY.sub("…", message.text))


def _print_messages(messages: Iterable[Message], depth: int) -> None:
    for message in messages:
        print(f"{'    ' * depth} {message.severity} {message.path}: {message.text}")
        _print_messages(message.because, depth + 1)

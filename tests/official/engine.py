"""The official validator as a function: resources in, messages and times out, each resource asked for once.

Answers are kept under build/official by what they depend on: driver, jars, packages, profile and the bytes
of the resource. After a change of our own validator a run needs no Java.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.official.messages import Message, read_message
from tests.official.prepare import BUILD, HERE, HOME, JARS

_MEMORY = "-Xmx3g"


@dataclass(frozen=True, slots=True)
class Question:
    """What to validate: the bytes of a resource, and the canonical of the profile that it must meet."""

    body: bytes
    profile: str

    @property
    def key(self) -> str:
        """Equal for equal questions."""
        return hashlib.sha256(self.profile.encode() + b"\0" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """All messages about one resource, and the processor time they took."""

    messages: tuple[Message, ...]
    seconds: float


def ask(questions: Iterable[Question], packages: Sequence[str], threads: int = 1) -> dict[str, Answer]:
    """The answer to each question, by its key: what is known is read, the rest asked in one process.

    ``packages`` are loaded in that order. Raises subprocess.SubprocessError when Java fails.
    """
    kept = BUILD / "answers" / f"{_fingerprint(packages)}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    wanted = {question.key: question for question in questions}
    missing = {key: wanted[key] for key in wanted.keys() - _read(kept).keys()}
    if missing:
        run({key: missing[key] for key in wanted if key in missing}, packages, kept, threads)
    known = _read(kept)
    return {key: known[key] for key in wanted}


def run(questions: Mapping[str, Question], packages: Sequence[str], out: Path, threads: int = 1) -> None:
    """Ask all questions in one process; a line for each, in order, is appended to ``out`` as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        resources = []
        for index, (key, question) in enumerate(questions.items()):
            file = Path(folder) / f"{index}.json"
            file.write_bytes(question.body)
            resources.append({"label": key, "file": str(file), "profile": question.profile})
        job = Path(folder) / "job"
        job.write_text(json.dumps({"packages": list(packages), "resources": resources}))
        options = [_MEMORY, f"-XX:ActiveProcessorCount={threads}", f"-Duser.home={HOME}"]
        command = ["java", *options, "-cp", f"{JARS}/*", str(HERE / "Validate.java"), str(job), str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def read_answers(file: Path) -> list[tuple[str, Answer]]:
    """Key and answer of each line that stands in a file of answers, in order."""
    rows = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]
    return [
        (row["label"], Answer(tuple(map(read_message, row["messages"])), row["nanoseconds"] / 1e9))
        for row in rows
    ]


def _read(file: Path) -> dict[str, Answer]:
    return dict(read_answers(file)) if file.exists() else {}


def _fingerprint(packages: Sequence[str]) -> str:
    """A name for all that answers depend on beside the question."""
    parts = [HERE / "Validate.java", HERE / "pom.xml", *sorted((HERE / "stand_ins").glob("*.json"))]
    content = b"\0".join(part.read_bytes() for part in parts) + "\n".join(packages).encode()
    return hashlib.sha256(content).hexdigest()[:16]

"""What is known beside the tables: the lists that a payer has loaded, and a terminology service."""

from pathlib import Path
from typing import Final

from fhirpa.validation.rows import Row
from fhirpa.validation.terminology.folder import Folder

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0


class Terminology:
    """Hand it to `load_set`. Threads may share it, and so may several sets."""

    def __init__(self, folder: Folder | None) -> None:
        self.folder = folder

    def row(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """A loaded list (`kind` is codesystem or valueset): its canonical with version, and its row."""
        return self.folder.row(kind, canonical) if self.folder else None


def open_terminology(
    directory: Path | str | None = None,
    url: str | None = None,
    *,
    token: str | None = None,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> Terminology | None:
    """What is known beside the tables: lists loaded into a folder, a service; None for neither."""
    if not directory and not url:
        return None
    return Terminology(Folder(Path(directory)) if directory else None)

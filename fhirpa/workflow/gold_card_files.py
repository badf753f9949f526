"""The file in which a physician's review of a sample of claims comes: JSON of `SampleReview`."""

from pathlib import Path

import msgspec

from fhirpa.um.gold_card_rescission import SampleReview


class ReviewFileError(ValueError):
    """A file that is no review. The text names the place, never a value."""


def read_review(path: Path) -> SampleReview:
    """The review as written. Raises ReviewFileError for what is missing or of the wrong kind."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=SampleReview)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReviewFileError(f"{path.name}: {error}") from error

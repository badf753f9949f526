"""What the writers of one response share, and what was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import Json, objects
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.pas.questionnaire import Forms
from fhirpa.pas.versions import PasVersion
from fhirpa.pas.write_entries import Entries


@dataclass(frozen=True, slots=True)
class Writing:
    """One response being written. `entries` grows as the writers add what they refer to.

    `texts`: the provider's sentences by key (policies/texts.yaml). Times in texts, and days on the wire, are
    told in `zone`; None leaves them in the zone they come in.
    """

    version: PasVersion
    now: datetime
    entries: Entries
    reason_codes: Mapping[str, str]
    texts: Mapping[str, str]
    payer_url: str
    zone: tzinfo | None = None
    forms: Forms | None = None  # the questionnaires by which a provider can answer

    @staticmethod
    def begin(
        version: PasVersion,
        now: datetime,
        new_id: Callable[[], str],
        reason_codes: Mapping[str, str],
        texts: Mapping[str, str],
        payer_url: str,
        zone: tzinfo | None = None,
        forms: Forms | None = None,
    ) -> "Writing":
        """A response without entries."""
        return Writing(version, now, Entries(version, new_id), reason_codes, texts, payer_url, zone, forms)

    def local(self, at: datetime) -> datetime:
        """The moment in the zone in which people are told times."""
        return at.astimezone(self.zone) if self.zone else at


@dataclass(frozen=True, slots=True)
class Original:
    """The request as it was sent; graph and claim are None if it is not at hand (e.g. came by fax)."""

    graph: BundleGraph | None
    claim: Entry | None

    @staticmethod
    def of(graph: BundleGraph | None) -> "Original":
        """The request Bundle's main Claim, where there is one."""
        return Original(graph, main_claim(graph) if graph else None)

    @property
    def resource(self) -> Json:
        """The Claim, or an empty object."""
        return self.claim.resource if self.claim else {}

    def item(self, sequence: int) -> Json:
        """The Claim.item with this sequence, or an empty object."""
        items = objects(self.resource.get("item"))
        return next((i for i in items if i.get("sequence") == sequence), {})

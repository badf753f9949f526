"""Own words for the invariants that are broken most often; the tables hold none."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

WORDING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ele-1": "An element with an id only says nothing: give it a value, or leave it out",
        "ref-1": "The reference is to a contained resource that is not there: contain it, or mend the id",
        "per-1": "The period ends before it starts",
        "dom-2": "A contained resource contains another: contain both in the outer one",
        "dom-3": "A contained resource is not referred to: refer to it with # and its id, or leave it out",
        "dom-4": "A contained resource has a version or a time of update: leave both out",
        "dom-5": "A contained resource has a security label: leave it out",
        "dom-6": "A narrative for people (text.div) is recommended and missing",
        "cpt-2": "A telecom value needs a system (phone, email, fax…)",
        "qty-3": "A quantity with a unit code needs the system of the code",
        "att-1": "An attachment with data needs a contentType",
        "txt-1": "The narrative holds more than basic formatting",
        "txt-2": "The narrative is empty: write something, or leave it out",
        "pat-1": "A contact of a patient needs a name, telecom, address or organization",
        "org-1": "An organization needs a name or an identifier",
        "obs-6": "An observation has a value or the reason why it is absent, not both",
        "obs-7": "With the same code in a component the observation must have no value of its own",
        "con-3": "A condition needs a clinical status unless it was entered in error",
        "bdl-1": "total stands only in search results and histories",
        "bdl-2": "entry.search stands only in search results",
        "bdl-3": "entry.request is for batches, transactions and histories, and must stand in those",
        "bdl-4": "entry.response is for answers to batches and transactions and for histories",
        "bdl-5": "An entry needs a resource, a request or a response",
        "bdl-7": "Two entries have the same fullUrl (and version): send each resource once",
        "bdl-8": "fullUrl must not name a version: leave _history out",
        "us-core-6": "The name needs a family or a given name, or the reason why they are absent",
        "us-core-16": "The NPI must have 10 digits",
        "us-core-17": "The check digit of the NPI is wrong",
        "FullDateRule": "The date needs year, month and day (YYYY-MM-DD)",
        "ClaimFirst": "The first entry of the Bundle must be the Claim",
        "ClaimResponseFirst": "The first entry of the Bundle must be the ClaimResponse",
        "ImmediateLevelOfCare": "With this certification type the item needs a level of service code",
    }
)


def wanted(value: Any) -> str:
    """A value that a profile fixes, for a text, short."""
    if type(value) is dict:
        return "{" + ", ".join(f"{k}: {wanted(v)}" for k, v in value.items()) + "}"
    if type(value) is list:
        return "[" + ", ".join(map(wanted, value)) + "]"
    return f"'{value}'" if type(value) is str else str(value).lower() if type(value) is bool else str(value)

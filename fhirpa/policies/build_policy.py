"""A checked policy file becomes a Policy; its criteria take their values from criteria.yaml and its own."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.policies.build_criteria import build_criterion, entries
from fhirpa.um.criterion import Criterion, ImpairmentCut, Operations
from fhirpa.um.determination import InformationItem
from fhirpa.um.rules import Block, Policy, PolicyRole
from fhirpa.um.terms import Discipline, LineOfBusiness

Json = dict[str, Any]


class PolicyBuilder:
    """Builds policies; the common criteria, which most policies take as they are, once for all of them."""

    def __init__(self, criteria: Json, information: Mapping[str, InformationItem]) -> None:
        self._written, self._information = criteria, information
        self._common = {key: build_criterion(key, criteria, information) for key in criteria}

    def policy(self, content: Json) -> Policy:
        """The policy of a checked file."""
        return _policy(content, tuple(map(self._criterion, entries(content, self._written))))

    def _criterion(self, entry: str | Json) -> Criterion:
        if isinstance(entry, str):
            return self._common[entry]
        return build_criterion(entry, self._written, self._information)


def _policy(content: Json, criteria: tuple[Criterion, ...]) -> Policy:
    age = content.get("age", {})
    return Policy(
        id=content["id"],
        version=content["version"],
        effective=date.fromisoformat(content["effective"]),
        title=content["title"],
        source=content["source"],
        role=PolicyRole(content["role"]),
        disciplines=frozenset(map(Discipline, content["disciplines"])),
        criteria=criteria,
        age_from_months=age.get("from_months"),
        age_below_months=age.get("below_months"),
        impairment=tuple(_cut(c) for c in content.get("impairment", ())),
        measures=tuple(content.get("measures", ())),
        first=tuple(_block(b) for b in content.get("first", ())),
        further=tuple(_block(b) for b in content.get("further", ())),
        total=_maybe(content.get("total")),
        most_per_week=_maybe(content.get("most_per_week")),
        habilitative=content.get("habilitative", False),
        renews_as=content.get("renews_as"),
        repeat_within_days=content.get("repeat_within_days"),
        education=content.get("education"),
    )


def _maybe(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def build_operations(content: Json | None) -> Operations | None:
    """A kind of operation; None where the files name none."""
    if content is None:
        return None
    return Operations(frozenset(map(str.lower, content.get("words", ()))), tuple(content.get("codes", ())))


def _cut(content: Json) -> ImpairmentCut:
    return ImpairmentCut(
        content.get("measure"),
        _maybe(content.get("at_least")),
        _maybe(content.get("at_most")),
        tuple(content.get("diagnoses", ())),
        _maybe(content.get("below_other_side")),
        _maybe(content.get("share_of_other_side")),
    )


def _block(content: Json) -> Block:
    return Block(
        visits=Decimal(content["visits"]),
        weeks=Decimal(content["weeks"]),
        units_per_visit=Decimal(content["units_per_visit"]),
        lines_of_business=frozenset(map(LineOfBusiness, content.get("lines_of_business", ()))),
        onset_within_days=content.get("onset_within_days"),
        diagnoses=tuple(content.get("diagnoses", ())),
        number=content.get("number"),
        unit_exception=content.get("unit_exception", False),
        intensive=content.get("intensive", False),
    )

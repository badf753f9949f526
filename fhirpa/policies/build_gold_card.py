"""`gold_card.yaml` becomes the dataclasses of `um.gold_card`, and the faults that no schema sees."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.um.gold_card import ExemptService, FewClaims, GoldCard, Holder, Rescission, Terms
from fhirpa.um.terms import Discipline, LineOfBusiness, Setting

Json = dict[str, Any]


def build_gold_card(content: Json) -> GoldCard:
    """The exemption rules of a file that has passed every check."""
    terms = sorted((_terms(x) for x in content["terms"]), key=lambda x: x.effective)
    return GoldCard(
        lines_of_business=frozenset(map(LineOfBusiness, content["lines_of_business"])),
        holders=frozenset(map(Holder, content["holders"])),
        services=tuple(_service(x) for x in content["services"]),
        terms=tuple(terms),
    )


def _service(content: Json) -> ExemptService:
    return ExemptService(
        id=content["id"],
        label=content["label"],
        disciplines=frozenset(map(Discipline, content["disciplines"])),
        settings=frozenset(map(Setting, content["settings"])),
        not_codes=frozenset(content.get("not_codes", ())),
    )


def _terms(content: Json) -> Terms:
    rescission, sample = content["rescission"], content["rescission"]["sample"]
    return Terms(
        effective=date.fromisoformat(content["effective"]),
        citation=content["citation"],
        period_months=content["period_months"],
        least_requests=content["least_requests"],
        least_share=Decimal(content["least_share"]),
        notice_days=content["notice"]["days"],
        notice_months=content["notice"]["months"],
        least_months=content["least_months"],
        rescission=Rescission(
            months=frozenset(rescission["months"]),
            sample_least=sample["least"],
            sample_most=sample["most"],
            few_claims=FewClaims(sample["few_claims"]),
            notice_days=rescission["notice_days"],
            effect_days=rescission["effect_days"],
            upheld_days=rescission["upheld_days"],
            license_state=rescission["reviewer"]["license_state"],
            same_specialty=rescission["reviewer"]["same_specialty"],
        ),
    )


def gold_card_faults(content: Json, codes: Json) -> Iterator[str]:
    """What is wrong between the entries of the file, and with the codes it names."""
    seen: set[str] = set()
    for service in content["services"]:
        if service["id"] in seen:
            yield f"gold_card.yaml: services: '{service['id']}' stands there twice"
        seen.add(service["id"])
        for code in service.get("not_codes", ()):
            if code not in codes:
                yield f"gold_card.yaml: {service['id']}.not_codes: services.yaml has no code '{code}'"
    days = [x["effective"] for x in content["terms"]]
    for index, terms in enumerate(content["terms"]):
        where = f"gold_card.yaml: terms[{index}]"
        try:
            date.fromisoformat(terms["effective"])
        except ValueError:
            yield f"{where}.effective: '{terms['effective']}' is not a date"
        if days.count(terms["effective"]) > 1:
            yield f"{where}.effective: '{terms['effective']}' stands there twice"
        rescission = terms["rescission"]
        if rescission["sample"]["least"] > rescission["sample"]["most"]:
            yield f"{where}.rescission.sample: least is above most"
        if rescission["effect_days"] < rescission["notice_days"]:
            yield f"{where}.rescission: effect_days is below notice_days"

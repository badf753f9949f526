"""Checked YAML content becomes the dataclasses of `um`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from fhirpa.policies.build_gold_card import build_gold_card
from fhirpa.policies.build_policy import PolicyBuilder, build_operations
from fhirpa.policies.build_questionnaire import build_questionnaires
from fhirpa.um.attention import AttentionList, AttentionWord
from fhirpa.um.determination import InformationItem
from fhirpa.um.rules import (
    AcuteOnly,
    CodePattern,
    DateExtension,
    DiagnosisGroup,
    ErrorText,
    Measure,
    Plan,
    Programme,
    ReasonText,
    ReviewerLoad,
    RuleSet,
    ServiceCode,
    ServiceTable,
    SurgeryNeed,
    VisitLimit,
    Voice,
    Window,
)
from fhirpa.um.steps import Step
from fhirpa.um.terms import CountedPer, Counting, Discipline, LineOfBusiness, ReviewKind, Setting

Json = dict[str, Any]


def build_rules(single: Json, plans: list[Json], policies: list[Json], version: str) -> RuleSet:
    """The rule set of files that have passed every check."""
    information = {key: _item(key, content) for key, content in single["information"].items()}
    builder = PolicyBuilder(single["criteria"], information)
    built = [builder.policy(p) for p in policies]
    measures = {key: _measure(key, m) for key, m in single["measures"].items()}
    services = _services(single["services"])
    by_id = {p.id: p for p in built}
    return RuleSet(
        version=version,
        programme=_programme(single["programme"]),
        plans={p["code"]: _plan(p) for p in plans},
        services=services,
        places={code: Setting(name) for code, name in single["places"].items()},
        measures=measures,
        groups=tuple(_group(g) for g in single["diagnosis_groups"]),
        policies=by_id,
        reasons={k: _reason(k, r) for k, r in single["reasons"].items()},
        errors={
            k: ErrorText(k, e["code"], e["follow_up"], e["element"], e["text"])
            for k, e in single["errors"].items()
        },
        texts=single["texts"]["provider"]["en"],
        education={k: e["en"] for k, e in single["education"].items()},
        member_texts={lang: Voice(t, _tips(single, lang)) for lang, t in single["texts"]["member"].items()},
        reviewer_texts=single["texts"]["reviewer"]["en"],
        information=information,
        gold_card=build_gold_card(single["gold_card"]),
        attention=_attention(single["attention"]),
        questionnaires=build_questionnaires(
            single["questionnaire"], single["information"], by_id, measures, services.codes
        ),
    )


def _attention(content: Json) -> AttentionList:
    words = tuple(
        AttentionWord(name, tuple(tuple(p.split()) for p in x["phrases"]), frozenset(x.get("policies", ())))
        for name, x in content["words"].items()
    )
    firsts = frozenset(phrase[0] for word in words for phrase in word.phrases)
    return AttentionList(words, frozenset(content["before"]), frozenset(content["after"]), firsts)


def _tips(single: Json, language: str) -> dict[str, str]:
    """The education of a language that is for members, by key."""
    return {k: e[language] for k, e in single["education"].items() if e.get("for") != "provider"}


def _number(value: Any) -> Decimal:
    return Decimal(value)


def _maybe(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _disciplines(names: Mapping[str, str]) -> dict[str, Discipline]:
    return {code: Discipline(name) for code, name in names.items()}


def _programme(content: Json) -> Programme:
    return Programme(
        longest_days=content["longest_days"],
        slack_days=content["slack_days"],
        episode_days=content["episode_days"],
        continuation_days=content["continuation_days"],
        adult_age=content["adult_age"],
        paediatric_age=content["paediatric_age"],
        epsdt_age=content["epsdt"]["age"],
        epsdt_lines=frozenset(map(LineOfBusiness, content["epsdt"]["lines_of_business"])),
        zone=ZoneInfo(content["zone"]),
        accident_diagnoses=tuple(content.get("accident_diagnoses", ())),
        reviewer_load=_reviewer_load(content.get("reviewer_load", {})),
    )


def _reviewer_load(content: Json) -> ReviewerLoad:
    """Rules that were kept before the load was a part of them have none."""
    return ReviewerLoad(content.get("minutes", {}), Decimal(content.get("referred", 0)))


def _item(key: str, content: Json) -> InformationItem:
    return InformationItem(
        key, content["text"], content.get("loinc"), tuple(content.get("questionnaire", ()))
    )


def _plan(content: Json) -> Plan:
    month, day = content["year_starts"].split("-")
    acute, free = content.get("adults_acute_only"), content.get("free_visits", {})
    return Plan(
        code=content["code"],
        title=content["title"],
        line_of_business=LineOfBusiness(content["line_of_business"]),
        effective=date.fromisoformat(content["effective"]),
        ends=_day(content, "ends"),
        year_starts=(int(month), int(day)),
        limits=tuple(_limit(x) for x in content["limits"]),
        units_per_day=_number(content["units_per_day"]),
        no_authorization=frozenset(content["no_authorization"]),
        closed_network=content["network"] == "closed",
        retro=Window(content["retro"]["days"], content["retro"].get("business", False)),
        renewal_window_days=content["renewal_window_days"],
        authorization_from_visit=free.get("visits", 0) + 1,
        free_visits_per=CountedPer(free.get("per", CountedPer.CONDITION.value)),
        always_authorized=frozenset(free.get("never_codes", ())),
        free_out_of_network=not free.get("in_network_only", False),
        release_unused_after_days=content.get("release_unused_after_days"),
        longest_days=content.get("longest_days"),
        longest_days_adult=content.get("longest_days_adult"),
        whole_course=content.get("whole_course", False),
        direct_access_days=content.get("direct_access_days", 0),
        adults_acute_only=_acute(acute) if acute else None,
        referral_from=frozenset(content.get("referral_from", ())),
        transition_days=content.get("transition_days"),
        pays_last=content.get("pays_last", False),
        date_extension=_extension(content.get("date_extension")),
        gold_card=content.get("gold_card", True),
    )


def _extension(content: Json | None) -> DateExtension | None:
    return None if content is None else DateExtension(content["days"], content.get("times", 1))


def _acute(content: Json) -> AcuteOnly:
    return AcuteOnly(content["modifier"], content["requests"], content.get("onset_within_days"))


def _limit(content: Json) -> VisitLimit:
    young = content.get("exempt_young", {})
    return VisitLimit(
        bucket=content["bucket"],
        visits=_number(content["visits"]),
        hard=content["hard"],
        disciplines=frozenset(map(Discipline, content["disciplines"])),
        habilitative=content.get("habilitative"),
        exempt_groups=frozenset(content.get("exempt_groups", ())),
        exempt_members=frozenset(content.get("exempt_members", ())),
        exempt_young=frozenset(young.get("groups", ())),
        young_below_months=young.get("below_months", 0),
        counts=Counting(content.get("counts", Counting.VISITS.value)),
        per=CountedPer(content.get("per", CountedPer.YEAR.value)),
        dollars_per_visit=_maybe(content.get("dollars_per_visit")),
        starts=_day(content, "from"),
        ends=_day(content, "until"),
    )


def _day(content: Json, key: str) -> date | None:
    return date.fromisoformat(content[key]) if key in content else None


def _services(content: Json) -> ServiceTable:
    return ServiceTable(
        codes={code: _service(code, c) for code, c in content["codes"].items()},
        modifiers=_disciplines(content["modifiers"]),
        service_types=_disciplines(content["service_types"]),
        revenue_codes=_disciplines(content["revenue_codes"]),
        taxonomies=_disciplines(content["taxonomies"]),
        habilitative_modifiers=content["habilitative_modifiers"],
        foreign_modifiers=frozenset(content["foreign_modifiers"]),
        assistants=frozenset(content["assistants"]),
        home_agencies=frozenset(content["home_agencies"]),
        telehealth_modifiers=frozenset(content.get("telehealth_modifiers", ())),
        assistant_modifiers=frozenset(content.get("assistant_modifiers", ())),
        co_treatment_modifiers={
            LineOfBusiness(k): frozenset(v) for k, v in content.get("co_treatment_modifiers", {}).items()
        },
    )


def _service(code: str, content: Json) -> ServiceCode:
    return ServiceCode(
        code=code,
        label=content["label"],
        disciplines=frozenset(map(Discipline, content["disciplines"])),
        timed=content.get("timed", False),
        max_per_day=_maybe(content.get("max_per_day")),
        evaluation=content.get("evaluation", False),
        re_evaluation=content.get("re_evaluation", False),
        passive=content.get("passive", False),
        most_per_request=_maybe(content.get("most_per_request")),
        hands_on=content.get("hands_on", False),
        maintenance=content.get("maintenance", False),
        at_home=content.get("at_home", False),
        review=content.get("review"),
    )


def _measure(key: str, content: Json) -> Measure:
    lowest, highest = content["range"]
    bands = content.get("change_from", ())
    return Measure(
        id=key,
        label=content["label"],
        lowest=_number(lowest),
        highest=_number(highest),
        higher_is_better=content["better"] == "high",
        change=_maybe(content.get("change")),
        change_share=_maybe(content.get("change_share")),
        change_from=tuple((_number(x["first"]), _number(x["change"])) for x in bands),
        change_in={policy: _number(x) for policy, x in content.get("change_in", {}).items()},
        bare=tuple(map(_number, content.get("bare", (1,)))),
        mean=_maybe(content.get("mean")),
        deviation=_maybe(content.get("deviation")),
        normed_months=tuple(content["normed_months"]) if "normed_months" in content else None,
        loinc=content.get("loinc"),
        units=tuple(content.get("units", ())),
        sides=content.get("sides", False),
    )


def _group(content: Json) -> DiagnosisGroup:
    patterns = [CodePattern(p) for p in content.get("prefixes", ())]
    for entry in content.get("patterns", ()):
        patterns += [
            CodePattern(
                prefix,
                frozenset(entry.get("seventh", "")),
                entry.get("needs_operation", False),
            )
            for prefix in entry["prefixes"]
        ]
    return DiagnosisGroup(
        id=content["id"],
        policy=content.get("policy"),
        patterns=tuple(patterns),
        prefixes=tuple(p.prefix for p in patterns),
        surgery=SurgeryNeed(content.get("surgery", "none")),
        surgery_within_days=content.get("surgery_within_days", 0),
        operations=build_operations(content.get("operations")),
        yields_to=frozenset(content.get("yields_to", ())),
        chronic=content.get("chronic", False),
        disciplines=frozenset(map(Discipline, content.get("disciplines", list(Discipline)))),
        policy_by_discipline={Discipline(k): v for k, v in content.get("policy_by_discipline", {}).items()},
    )


def _reason(key: str, content: Json) -> ReasonText:
    review = ReviewKind(content.get("review", ReviewKind.CLINICAL.value))
    step = Step(content["step"])
    return ReasonText(key, content["text"], step, content.get("x12_886"), review, content.get("note", True))

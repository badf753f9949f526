"""Faults of dates in the Claim: wrong, partial where a full date is needed, periods that run backwards."""

import re
from collections.abc import Iterator
from typing import Any

from fhirpa.pas.access import Json, code_of, day, extensions, obj, rows
from fhirpa.pas.checks_faults import Faults
from fhirpa.pas.codes import TEMP_CODES
from fhirpa.pas.versions import PasVersion

_PARTIAL = re.compile(r"^\d{4}(-(0[1-9]|1[0-2]))?$")
_EVENTS = ("patientEvent", "admissionDates", "dischargeDates")
_ITEM_DATES = (
    "extension-itemCertificationIssueDate",
    "extension-itemCertificationExpirationDate",
    "extension-itemCertificationEffectiveDate",
)
_Found = tuple[Any, str, bool]  # value, its path, and whether the guide wants a full date (FullDateRule)


def check_dates(claim: Json, path: str, version: PasVersion, out: Faults) -> None:
    """Report the faults of every date of the Claim that this server reads."""
    newer = version.strict_requests  # 2.2.1 extended the full-date rule to items and accident
    if "created" in claim:
        _date(claim["created"], f"{path}.created", False, out)
    for value, at, full in _singles(claim, path, newer):
        _date(value, at, full, out)
    for value, at, full in _periods(claim, path, newer):
        _period(obj(value), at, full, out)


def _singles(claim: Json, path: str, newer: bool) -> Iterator[_Found]:
    accident = obj(claim.get("accident"))
    if "date" in accident:
        yield accident["date"], f"{path}.accident.date", newer
    for index, info in rows(claim.get("supportingInfo")):
        if "timingDate" in info:
            yield info["timingDate"], f"{path}.supportingInfo[{index}].timing", _is_event(info)
    for index, diagnosis in rows(claim.get("diagnosis")):
        for extension in extensions(diagnosis, "extension-diagnosisRecordedDate"):
            yield extension.get("valueDate"), f"{path}.diagnosis[{index}].extension", True
    for index, item in rows(claim.get("item")):
        at = f"{path}.item[{index}]"
        if "servicedDate" in item:
            yield item["servicedDate"], f"{at}.serviced", newer
        for value in _certification_dates(item, "valueDate"):
            yield value, f"{at}.extension", True


def _periods(claim: Json, path: str, newer: bool) -> Iterator[_Found]:
    if "billablePeriod" in claim:
        yield claim["billablePeriod"], f"{path}.billablePeriod", False
    for index, info in rows(claim.get("supportingInfo")):
        if "timingPeriod" in info:
            yield info["timingPeriod"], f"{path}.supportingInfo[{index}].timing", _is_event(info)
    for index, item in rows(claim.get("item")):
        at = f"{path}.item[{index}]"
        if "servicedPeriod" in item:
            yield item["servicedPeriod"], f"{at}.serviced", newer
        for value in _certification_dates(item, "valuePeriod"):
            yield value, f"{at}.extension", True


def _is_event(info: Json) -> bool:
    return code_of(info.get("category"), TEMP_CODES) in _EVENTS


def _certification_dates(item: Json, name: str) -> Iterator[Any]:
    for url in _ITEM_DATES:
        for extension in extensions(item, url):
            if name in extension:
                yield extension[name]


def _period(period: Json, at: str, full: bool, out: Faults) -> None:
    for name in ("start", "end"):
        if name in period:
            _date(period[name], f"{at}.{name}", full, out)
    start, end = day(period.get("start")), day(period.get("end"))
    if start and end and end < start:
        out.error(
            "period-reversed",
            "invariant",
            "The period ends before it starts (FHIR per-1). Exchange or correct the two dates.",
            at,
        )


def _date(value: Any, at: str, full: bool, out: Faults) -> None:
    if day(value) is not None:
        if full and len(value) > 10:
            text = "The guide wants a date alone here (YYYY-MM-DD); the day of the given time was used."
            out.warn("date-with-time", "value", text, at)
    elif isinstance(value, str) and _PARTIAL.match(value):
        report = out.error if full else out.warn
        text = "The date has no day; this server needs a full date here (YYYY-MM-DD)."
        report("date-partial", "value", text, at)
    else:
        text = "This is not a calendar date in FHIR form. Give YYYY-MM-DD, or a dateTime with time zone."
        out.error("date-invalid", "value", text, at)

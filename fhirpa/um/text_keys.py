"""The texts that the engine needs, by key, and the {placeholders} that it fills in each.

The loader checks the files against these tables, so that no answer can lack its words.
"""

from collections.abc import Mapping

_NONE: frozenset[str] = frozenset()

TEXTS: Mapping[str, frozenset[str]] = {
    "missing-parts": frozenset({"text", "parts"}),
    "out-of-time": frozenset({"text", "found", "days"}),
    "measures-wanted": frozenset({"text", "measures"}),
    "question": frozenset({"question"}),
    "question-facts": frozenset({"question", "facts"}),
    "remark": frozenset({"text"}),
    "on-file": frozenset({"question"}),
    "modifier-remark": frozenset({"modifier"}),
    "modifier-missing": frozenset({"modifiers"}),
    "without-holidays": frozenset({"text"}),
    "accident": _NONE,
    "other-insurance": _NONE,
    "transition": frozenset({"day", "days"}),
    "gold-card-ends": frozenset({"end"}),
    "gold-card-payment": _NONE,
    "coverage-ends": frozenset({"end"}),
    "update-added": frozenset({"entry"}),
    "update-known": frozenset({"entry"}),
    "update-changed": frozenset({"entry"}),
    "update-same": frozenset({"entry"}),
    "update-withdrawn": frozenset({"entry"}),
    "update-absent": frozenset({"entry"}),
    "update-revived": frozenset({"entry"}),
    "update-closed": frozenset({"entry"}),
    "update-replaced": frozenset({"entry"}),
    "update-beyond": frozenset({"entry"}),
}
REASONS: Mapping[str, frozenset[str]] = {
    "no-authorization": _NONE,
    "gold-card": frozenset({"service", "start", "until"}),
    "outside-programme": _NONE,
    "information-awaited": _NONE,
    "clinical-review": _NONE,
    "over-plan-of-care": _NONE,
    "over-policy": _NONE,
    "beyond-period": _NONE,
    "benefit-review": frozenset({"visits"}),
    "benefit-none-left": _NONE,
    "soft-limit": _NONE,
    "network-review": _NONE,
    "referral-review": _NONE,
    "transition-care": _NONE,
    "appeal-review": _NONE,
    "duplicate-own": frozenset({"case"}),
    "duplicate-other": _NONE,
    "retro-window": _NONE,
    "renewal-window": _NONE,
    "no-policy": _NONE,
    "age-outside": _NONE,
    "discipline-outside": _NONE,
    "discipline-question": _NONE,
    "discipline-awaited": _NONE,
    "place-question": _NONE,
    "evaluation-repeat": _NONE,
    "evaluation-count": _NONE,
    "re-evaluation": _NONE,
    "total-reached": _NONE,
    "assistant-question": _NONE,
    "telehealth-question": _NONE,
    "adult-acute-question": _NONE,
    "update-review": _NONE,
}
ERRORS = frozenset(
    {
        "member-id-missing",
        "member-unknown",
        "patient-not-found",
        "birth-date-mismatch",
        "coverage-inactive",
        "coverage-sent-inactive",
        "plan-unknown",
        "service-dates",
        "requester-npi-missing",
        "requester-npi-invalid",
        "requester-unknown",
        "rendering-npi-missing",
        "rendering-npi-invalid",
        "rendering-unknown",
        "update-unknown",
        "update-stale",
        "update-cancelled",
        "update-decided",
    }
)
ERROR_VALUES: Mapping[str, frozenset[str]] = {"update-stale": frozenset({"latest"})}  # the others: none
INFORMATION = frozenset(
    {"discipline", "quantity-unit", "diagnosis"}
)  # asked by the engine itself; criteria name theirs

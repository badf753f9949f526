"""The letters that an act of review makes due, with the appeal rights of its line of business."""

from collections.abc import Iterable
from datetime import datetime

from fhirpa.um.appeal_rules import AfterDecision, AppealRules
from fhirpa.um.notices import (
    DEFAULT_LANGUAGE,
    AppealRights,
    Notice,
    NoticeKind,
    Recipient,
    gives_rights,
    gravest,
    kind_of,
)
from fhirpa.um.review_terms import Decided, Reviewed
from fhirpa.um.staff import Act
from fhirpa.um.terms import AppealStage, DeterminationKind, LevelOfService

_BY_ACT = {
    Act.UPHOLD: NoticeKind.APPEAL_UPHELD,
    Act.OVERTURN: NoticeKind.APPEAL_OVERTURNED,
    Act.EXTERNAL_OUTCOME: NoticeKind.EXTERNAL_OUTCOME,
}


def notices_of(done: Reviewed, after: AfterDecision, language: str = DEFAULT_LANGUAGE) -> tuple[Notice, ...]:
    """One letter to the provider and one to the member per thing that is to be told; () if nothing is."""
    return tuple(
        Notice(
            kind,
            reader,
            language,
            template=f"{kind.value}-{done.case.line_of_business.value}",
            template_version=after.template_version,
            lines=_lines(done, kind),
            rights=_rights(done, kind, after),
            act=done.act.value,
        )
        for kind in _kinds(done)
        for reader in Recipient
    )


def _lines(done: Reviewed, kind: NoticeKind) -> tuple[tuple[int, str], ...]:
    if done.decided:
        return tuple((x.sequence, x.kind.value) for x in done.decided)
    return tuple((n, kind.value) for n in done.sequences)


def _kinds(done: Reviewed) -> tuple[NoticeKind, ...]:
    if done.act in _BY_ACT:
        forwarded = done.act is not Act.EXTERNAL_OUTCOME and _is_outside(done)
        return (_BY_ACT[done.act], *((NoticeKind.EXTERNAL_REVIEW,) if forwarded else ()))
    if done.notices:
        return done.notices
    kinds = tuple(kind_of(x.kind) for x in done.decided)
    return (gravest(kinds),) if kinds else ()


def _is_outside(done: Reviewed) -> bool:
    return any(
        x.appeal is AppealStage.EXTERNAL_REVIEW for x in done.case.lines if x.line.sequence in done.sequences
    )


def _rights(done: Reviewed, kind: NoticeKind, after: AfterDecision) -> AppealRights | None:
    """What the letter says of how to object: with the plan, or after its own answer outside of it."""
    rules, at = after.lines[done.case.line_of_business], done.case.updated_at
    if done.act is Act.EXTERNAL_OUTCOME:
        return None  # the reviewer's own letter tells what follows
    if done.appeal is None and gives_rights(kind):
        return _first_rights(done, rules, after, at)
    if kind is NoticeKind.EXTERNAL_REVIEW or (done.appeal is not None and _leaves_something(done.decided)):
        return _outside_rights(rules, after, at)
    return None


def _first_rights(done: Reviewed, rules: AppealRules, after: AfterDecision, at: datetime) -> AppealRights:
    day, within = after.day(at), rules.reduction.continue_within
    cuts = [x.cut.effective for x in done.case.lines if x.cut and x.line.sequence in done.sequences]
    clinical = any(x.is_adverse for x in done.decided)
    return AppealRights(
        file_by=rules.file_within.last_day(day),
        rule=rules.file_within.citation,
        decided_within=_told(rules.decide[LevelOfService.STANDARD], after),
        expedited_within=_told(rules.decide[LevelOfService.EXPEDITED], after),
        external=rules.external.reviewer.value if clinical or not rules.external.at_once else None,
        external_is_automatic=rules.external.automatic,
        continue_until=max([within.last_day(day), *cuts]) if within is not None and cuts else None,
    )


def _outside_rights(rules: AppealRules, after: AfterDecision, at: datetime) -> AppealRights:
    limit, decide = rules.external.file_within, rules.external.decide
    return AppealRights(
        file_by=None,
        rule=limit.citation if limit else "",
        decided_within=_told(decide.values(), after),
        expedited_within=_told(
            [k for level, k in decide.items() if level is LevelOfService.EXPEDITED], after
        ),
        external=rules.external.reviewer.value,
        external_by=limit.last_day(after.day(at)) if limit else None,
        external_is_automatic=rules.external.automatic,
    )


def _leaves_something(decided: Iterable[Decided]) -> bool:
    kinds = {x.kind for x in decided}
    return bool(kinds & {DeterminationKind.UPHELD, DeterminationKind.REDUCED})


def _told(clock_ids: Iterable[str], after: AfterDecision) -> str:
    return "; ".join(after.label(key) for key in clock_ids)

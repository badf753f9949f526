"""All steps that a service line can take: from where, to where, who, on which condition, with what written.

Domain §11, as data. `docs/lifecycle.md` prints it, the table `line_transition` of the database holds the same
rows (a test compares each with this one). `um.transitions` reads it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fhirpa.um.terms import ActorRole


class Stage(StrEnum):
    """Where a line is: its state, and over it how far an objection has come.

    `received` and `returned` are before there is a line; `p2p_offered` is `pended_director` with an offer on
    the plan of treatment as it stands.
    """

    RECEIVED = "received"
    RETURNED = "returned"
    NOT_REQUIRED = "not_required"
    CONTACT_PAYER = "contact_payer"
    PENDED_INFORMATION = "pended_information"
    PENDED_CLINICAL = "pended_clinical"
    PENDED_DIRECTOR = "pended_director"
    P2P_OFFERED = "p2p_offered"
    CERTIFIED = "certified"
    MODIFIED = "modified"
    DENIED_MEDICAL = "denied_medical"
    DENIED_ADMINISTRATIVE = "denied_administrative"
    CANCELLED = "cancelled"
    APPEALED = "appealed"
    UPHELD = "upheld"
    EXTERNAL_REVIEW = "external_review"


class Guard(StrEnum):
    """What must hold for a step; the code beside each refuses by name what lacks (`um.staff.Lack`)."""

    ENGINE = "the policy's criteria support it, as um.decide reads them; no result of it means no"
    INCOMPLETE = "data without which nothing can be decided are missing"
    ASKED_BY_PROVIDER = "the provider asks for it"
    LICENCE = "active staff, licence of Texas in force, discipline of the line, no conflict of interest"
    WITHIN = "within what was asked, the benefit and the longest period; nothing that stands is taken back"
    ITEMS = "named items, with a time to send them before the decision is due"
    SUPPLY = "the items arrived, or the time to send them is over"
    QUESTION = "a summary of this member's facts and a neutral question"
    CONTACT = "how the provider was reached, and until when the offer stands"
    PHYSICIAN = "the physician who held the talk records it"
    OPPORTUNITY = "a talk was held, or its offer has stood for the lead time"
    DIRECTOR = "a medical director: MD or DO of Texas, licence in force and not administrative"
    REASON = (
        "a reason of this member's facts, criterion, citation and clinical basis; in time, or owned up to"
    )
    RULE = "a named benefit or eligibility rule, an administrative question, no word on necessity"
    CLERICAL = "the clerical error is named; what a director closed a director opens"
    ONCE = "once, within the days that the rules give, same quantity, within the benefit"
    LEAD = "the line of business allows it, and the notice comes its lead time before the day it takes effect"
    IN_TIME = "filed within the time limit, or with good cause"
    HEARD = "what was sent or said, by whom"
    LONGER = "once, before it is due, within the days that the law allows, with the reason"
    SUPPORT = "nobody whose word forces expedited handling supports it"
    NOT_INVOLVED = "a medical director who took no part before and is nobody's subordinate who did"
    ENTITLED = "the line of business has an outside review, the plan's own appeal is over or not needed"
    BINDING = "the outside reviewer's decision, as it was received; it binds the plan"


class Written(StrEnum):
    """What the transaction of a step writes beside the case's next version and its event."""

    EXCHANGE = "exchange"
    CLOCKS = "clocks"
    AUTHORIZATION = "authorization"
    DRAWS = "benefit draws"
    DETERMINATION = "determination"
    NOTICES = "notices to provider and member"
    RIGHTS = "appeal rights in the notices"
    OUTBOX = "notification of the sender"
    RECORD = "peer-to-peer record"
    APPEAL = "appeal"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `action` is the type of the event that records the step."""

    action: str
    sources: tuple[Stage, ...]
    targets: tuple[Stage, ...]
    roles: tuple[ActorRole, ...]
    guards: tuple[Guard, ...]
    writes: tuple[Written, ...]


_S, _G, _W, _R = Stage, Guard, Written, ActorRole
_WITH_THERAPIST = (_S.PENDED_INFORMATION, _S.PENDED_CLINICAL)
_WITH_DIRECTOR = (_S.PENDED_DIRECTOR, _S.P2P_OFFERED)
_PENDED = (*_WITH_THERAPIST, *_WITH_DIRECTOR)
_BY_ENGINE = (_S.CERTIFIED, *_WITH_THERAPIST, _S.NOT_REQUIRED, _S.CONTACT_PAYER)
_ANSWERED = (_S.CERTIFIED, _S.NOT_REQUIRED, _S.CONTACT_PAYER)  # by the engine; an update may ask again
_DENIED = (_S.DENIED_MEDICAL, _S.DENIED_ADMINISTRATIVE)
_STANDING = (_S.CERTIFIED, _S.MODIFIED)
_PEOPLE = (_R.INTAKE, _R.THERAPIST, _R.MEDICAL_DIRECTOR)
_CLINICIANS = (_R.THERAPIST, _R.MEDICAL_DIRECTOR)
_TOLD = (_W.DETERMINATION, _W.NOTICES, _W.OUTBOX)
_GRANTED = (_W.AUTHORIZATION, _W.DRAWS, *_TOLD)
_ADVERSE = (_W.DETERMINATION, _W.NOTICES, _W.RIGHTS, _W.OUTBOX)
_OPENED = (_W.EXCHANGE, _W.CLOCKS, _W.AUTHORIZATION, _W.DRAWS, *_TOLD)


def _staying(
    action: str,
    stages: tuple[Stage, ...],
    roles: tuple[ActorRole, ...],
    guards: tuple[Guard, ...],
    writes: tuple[Written, ...],
) -> tuple[Transition, ...]:
    """An action that leaves a line where it is, in each of these stages."""
    return tuple(Transition(action, (stage,), (stage,), roles, guards, writes) for stage in stages)


TRANSITIONS: Final[tuple[Transition, ...]] = (
    # --- what the provider sends, and what the engine makes of it ---
    Transition("returned", (_S.RECEIVED,), (_S.RETURNED,), (_R.ENGINE,), (_G.INCOMPLETE,), (_W.EXCHANGE,)),
    Transition("line-opened", (_S.RECEIVED,), _BY_ENGINE, (_R.ENGINE,), (_G.ENGINE,), _OPENED),
    Transition(
        "line-opened", (_S.RECEIVED,), (_S.CANCELLED,), (_R.ENGINE,), (_G.ASKED_BY_PROVIDER,), (_W.EXCHANGE,)
    ),
    Transition("line-added", (_S.RECEIVED,), _BY_ENGINE, (_R.ENGINE,), (_G.ENGINE,), _OPENED),
    Transition(
        "line-changed",
        (*_WITH_THERAPIST, *_ANSWERED),
        _BY_ENGINE,
        (_R.ENGINE,),
        (_G.ASKED_BY_PROVIDER, _G.ENGINE),
        _OPENED,
    ),
    Transition(
        "line-changed",
        _WITH_DIRECTOR,
        (*_ANSWERED, _S.PENDED_DIRECTOR),
        (_R.ENGINE,),
        (_G.ASKED_BY_PROVIDER, _G.ENGINE),
        _OPENED,
    ),
    Transition(
        "line-cancelled",
        (_S.RECEIVED, *_PENDED, *_ANSWERED, _S.MODIFIED),
        (_S.CANCELLED,),
        (_R.PROVIDER,),
        (_G.ASKED_BY_PROVIDER,),
        (_W.EXCHANGE, _W.CLOCKS, _W.DRAWS, *_TOLD),
    ),
    Transition(
        "information-arrived",
        (_S.PENDED_INFORMATION,),
        (_S.PENDED_CLINICAL,),
        (_R.ENGINE,),
        (_G.SUPPLY,),
        (_W.CLOCKS, _W.OUTBOX),
    ),
    Transition(
        "supply-time-over",
        (_S.PENDED_INFORMATION,),
        (_S.PENDED_CLINICAL,),
        (_R.SYSTEM,),
        (_G.SUPPLY,),
        (_W.CLOCKS, _W.OUTBOX),
    ),
    # --- what people do while a line is open ---
    Transition(
        "review-ask",
        _WITH_THERAPIST,
        (_S.PENDED_INFORMATION,),
        _CLINICIANS,
        (_G.LICENCE, _G.ITEMS),
        (_W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    Transition(
        "review-ask",
        _WITH_DIRECTOR,
        (_S.PENDED_DIRECTOR,),
        (_R.MEDICAL_DIRECTOR,),
        (_G.LICENCE, _G.ITEMS),
        (_W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    Transition(
        "review-certify",
        _WITH_THERAPIST,
        (_S.CERTIFIED, _S.MODIFIED, _S.PENDED_CLINICAL),
        _CLINICIANS,
        (_G.LICENCE, _G.WITHIN),
        _GRANTED,
    ),
    Transition(
        "review-certify",
        _WITH_DIRECTOR,
        (_S.CERTIFIED, _S.MODIFIED, _S.PENDED_DIRECTOR),
        (_R.MEDICAL_DIRECTOR,),
        (_G.LICENCE, _G.WITHIN),
        _GRANTED,
    ),
    Transition(
        "review-refer",
        _WITH_THERAPIST,
        (_S.PENDED_DIRECTOR,),
        (_R.THERAPIST,),
        (_G.LICENCE, _G.QUESTION, _G.SUPPLY),
        (_W.OUTBOX,),
    ),
    Transition(
        "review-peer-to-peer", _WITH_DIRECTOR, (_S.P2P_OFFERED,), _CLINICIANS, (_G.CONTACT,), (_W.RECORD,)
    ),
    *_staying("review-peer-to-peer", _STANDING, (_R.MEDICAL_DIRECTOR,), (_G.CONTACT,), (_W.RECORD,)),
    Transition(
        "review-talk",
        (_S.P2P_OFFERED,),
        (_S.P2P_OFFERED,),
        (_R.MEDICAL_DIRECTOR,),
        (_G.PHYSICIAN,),
        (_W.RECORD,),
    ),
    *_staying("review-talk", _STANDING, (_R.MEDICAL_DIRECTOR,), (_G.PHYSICIAN,), (_W.RECORD,)),
    Transition(
        "review-deny",
        (_S.P2P_OFFERED,),
        (_S.DENIED_MEDICAL, _S.MODIFIED),
        (_R.MEDICAL_DIRECTOR,),
        (_G.DIRECTOR, _G.OPPORTUNITY, _G.REASON, _G.SUPPLY),
        (_W.DRAWS, *_ADVERSE),
    ),
    Transition(
        "review-deny-administratively",
        _WITH_THERAPIST,
        (_S.DENIED_ADMINISTRATIVE,),
        _PEOPLE,
        (_G.LICENCE, _G.RULE),
        _ADVERSE,
    ),
    *_staying("review-extend-time", _PENDED, _CLINICIANS, (_G.LONGER,), (_W.CLOCKS, _W.NOTICES, _W.OUTBOX)),
    *_staying("review-downgrade", _PENDED, _CLINICIANS, (_G.SUPPORT,), (_W.CLOCKS, _W.NOTICES, _W.OUTBOX)),
    Transition(
        "review-withdraw",
        _PENDED,
        (_S.CANCELLED,),
        (_R.INTAKE,),
        (_G.ASKED_BY_PROVIDER,),
        (_W.CLOCKS, _W.DRAWS, *_TOLD),
    ),
    # --- after the decision ---
    Transition(
        "review-correct",
        (_S.DENIED_MEDICAL, _S.MODIFIED),
        (_S.PENDED_DIRECTOR,),
        (_R.MEDICAL_DIRECTOR,),
        (_G.CLERICAL,),
        (_W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    Transition(
        "review-correct",
        (_S.DENIED_ADMINISTRATIVE, _S.MODIFIED),
        (_S.PENDED_CLINICAL,),
        _PEOPLE,
        (_G.CLERICAL,),
        (_W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    *_staying("review-move-dates", _STANDING, _CLINICIANS, (_G.LICENCE, _G.ONCE), _GRANTED),
    Transition(
        "review-reduce",
        _STANDING,
        (_S.MODIFIED,),
        (_R.MEDICAL_DIRECTOR,),
        (_G.DIRECTOR, _G.OPPORTUNITY, _G.REASON, _G.LEAD),
        (_W.AUTHORIZATION, _W.DRAWS, *_ADVERSE),
    ),
    Transition(
        "review-appeal",
        (*_DENIED, _S.MODIFIED),
        (_S.APPEALED,),
        (_R.INTAKE,),
        (_G.IN_TIME,),
        (_W.APPEAL, _W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    *_staying("review-appeal-assign", (_S.APPEALED,), (_R.INTAKE,), (_G.NOT_INVOLVED,), (_W.APPEAL,)),
    *_staying(
        "review-appeal-evidence",
        (_S.APPEALED,),
        (_R.INTAKE, _R.MEDICAL_DIRECTOR),
        (_G.HEARD,),
        (_W.APPEAL,),
    ),
    *_staying(
        "review-appeal-expedite",
        (_S.APPEALED,),
        (_R.INTAKE,),
        (_G.ASKED_BY_PROVIDER,),
        (_W.APPEAL, _W.CLOCKS, _W.NOTICES),
    ),
    *_staying(
        "review-appeal-extend",
        (_S.APPEALED,),
        (_R.INTAKE,),
        (_G.LONGER,),
        (_W.APPEAL, _W.CLOCKS, _W.NOTICES),
    ),
    Transition(
        "review-uphold",
        (_S.APPEALED,),
        (_S.UPHELD, _S.EXTERNAL_REVIEW),
        (_R.MEDICAL_DIRECTOR,),
        (_G.DIRECTOR, _G.NOT_INVOLVED, _G.REASON),
        (_W.APPEAL, *_ADVERSE),
    ),
    Transition(
        "review-overturn",
        (_S.APPEALED,),
        (*_STANDING, _S.UPHELD, _S.EXTERNAL_REVIEW),
        (_R.MEDICAL_DIRECTOR,),
        (_G.DIRECTOR, _G.NOT_INVOLVED, _G.WITHIN),
        (_W.APPEAL, *_GRANTED),
    ),
    Transition(
        "review-external",
        (_S.APPEALED, _S.UPHELD, _S.DENIED_MEDICAL, _S.MODIFIED),
        (_S.EXTERNAL_REVIEW,),
        (_R.INTAKE,),
        (_G.ENTITLED,),
        (_W.APPEAL, _W.CLOCKS, _W.NOTICES, _W.OUTBOX),
    ),
    Transition(
        "review-external-outcome",
        (_S.EXTERNAL_REVIEW,),
        (_S.UPHELD, *_STANDING),
        (_R.INTAKE,),
        (_G.BINDING,),
        (_W.APPEAL, *_GRANTED),
    ),
)

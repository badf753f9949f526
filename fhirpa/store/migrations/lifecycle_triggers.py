"""The triggers of v0008: how a line may move, who decides an appeal, and who has a conflict of interest.

Part of a released migration: what it emits never changes.
"""

from fhirpa.store.triggers import (
    drop_insert_requirement,
    drop_state_requirement,
    require_before,
    require_before_insert,
    require_before_state,
)

_OLD, _NEW = "coalesce(OLD.appeal, OLD.state)", "coalesce(NEW.appeal, NEW.state)"
_LATER = (  # that an appeal was upheld leaves what was decided as it was
    "NOT EXISTS (SELECT 1 FROM determination n WHERE n.case_id = d.case_id AND n.sequence = d.sequence "
    "AND n.id > d.id AND n.kind <> 'upheld')"
)
_PERSON = "d.actor_role IN ('intake', 'therapist', 'medical_director', 'external')"
_NEEDED = {
    "denied_medical": f"d.kind = 'denied_medical' AND {_LATER}",
    "denied_administrative": f"d.kind = 'denied_administrative' AND {_LATER}",
    "modified": f"(d.kind = 'reduced' OR (d.kind = 'certified_in_part' AND {_PERSON})) AND {_LATER}",
}
_MOMENT = "(SELECT c.updated_at FROM service_case c WHERE c.case_id = NEW.case_id)"
_KNOWN_LINE = (
    "EXISTS (SELECT 1 FROM service_line l WHERE l.case_id = NEW.case_id AND l.sequence = NEW.sequence)"
)
_BEGINS = (
    f"{_KNOWN_LINE} OR (NEW.appeal IS NULL AND EXISTS (SELECT 1 FROM line_transition t "  # noqa: S608
    "WHERE t.source = 'received' AND t.target = NEW.state))"
)
_MOVES = (  # the event of the same moment says which step it is, and whose
    "EXISTS (SELECT 1 FROM line_transition t JOIN case_event e ON e.type = t.action "  # noqa: S608
    f"AND e.actor_role = t.role WHERE t.source = {_OLD} AND t.target = {_NEW} "
    f"AND e.case_id = NEW.case_id AND e.at = {_MOMENT})"
)
_DECIDED_ON_APPEAL = (
    "EXISTS (SELECT 1 FROM determination d WHERE d.case_id = NEW.case_id "  # noqa: S608
    "AND d.sequence = NEW.sequence AND d.appeal_number IS NOT NULL "
    f"AND d.decided_at = {_MOMENT})"
)
_SENT_OUTSIDE = (  # without waiting for the plan's own answer
    "(NEW.appeal = 'external_review' AND EXISTS (SELECT 1 FROM case_event e "  # noqa: S608
    "WHERE e.case_id = NEW.case_id "
    f"AND e.type = 'review-external' AND e.at = {_MOMENT}))"
)
_NOTICES = (
    "(SELECT count(DISTINCT o.topic) FROM outbox o WHERE o.case_id = NEW.case_id AND o.kind = 'notice' "
    "AND o.topic IN ('provider', 'member') AND o.created_at = NEW.decided_at) = 2"
)
_ADVERSE = "NEW.kind IN ('denied_medical', 'reduced')"
_OPPORTUNITY = (  # 28 TAC 19.1710, on the plan as it stands; on appeal that of the first decision
    "NEW.appeal_number IS NOT NULL OR EXISTS (SELECT 1 FROM peer_to_peer p JOIN service_line l "
    "ON l.case_id = p.case_id AND l.sequence = p.sequence "
    "WHERE p.case_id = NEW.case_id AND p.sequence = NEW.sequence "
    "AND (l.plan_since IS NULL OR p.at >= l.plan_since) "
    "AND ((p.event = 'held' AND p.at <= NEW.decided_at) "
    "OR (p.event = 'offered' AND p.lead_ends_at <= NEW.decided_at)))"
)
_APPEAL = "EXISTS (SELECT 1 FROM appeal a WHERE a.number = NEW.appeal_number AND a.case_id = NEW.case_id)"
_EXTERNAL = (
    "EXISTS (SELECT 1 FROM appeal a WHERE a.number = NEW.appeal_number AND a.case_id = NEW.case_id "
    "AND a.external IS NOT NULL)"
)
_ACTS = ", ".join(
    f"'review-{x}'"
    for x in (
        *("ask", "certify", "refer", "peer-to-peer", "talk", "deny", "deny-administratively"),
        *("correct", "reduce", "move-dates"),
    )
)
_EARLIER = (
    "SELECT d.actor_id FROM determination d WHERE d.case_id = NEW.case_id "
    "AND d.sequence = NEW.sequence AND d.actor_role IN ('intake', 'therapist', 'medical_director')"
)
_NOT_INVOLVED = (
    f"NEW.actor_id NOT IN ({_EARLIER}) "  # noqa: S608
    "AND NOT EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = NEW.case_id "
    f"AND e.actor_id = NEW.actor_id AND e.type IN ({_ACTS})) "
    "AND NOT EXISTS (WITH RECURSIVE up(id) AS (SELECT s.supervisor FROM staff s "
    "WHERE s.staff_id = NEW.actor_id AND s.supervisor IS NOT NULL "
    "UNION SELECT s.supervisor FROM staff s JOIN up ON s.staff_id = up.id WHERE s.supervisor IS NOT NULL) "
    f"SELECT 1 FROM up WHERE up.id IN ({_EARLIER}))"
)
_UNBIASED = (  # a request of one's own practice, or of one that was named as such
    "NOT EXISTS (SELECT 1 FROM case_provider p LEFT JOIN staff s ON s.staff_id = NEW.actor_id "
    "LEFT JOIN staff_conflict c ON c.staff_id = NEW.actor_id AND c.npi = p.npi "
    "WHERE p.case_id = NEW.case_id AND (p.npi = s.npi OR c.npi IS NOT NULL))"
)
_BY_STAFF = "NEW.actor_role IN ('intake', 'therapist', 'medical_director')"


def lifecycle_triggers(dialect: str) -> list[str]:
    """All statements, in order."""
    out: list[str] = []
    for state, condition in _NEEDED.items():
        out += drop_state_requirement(dialect, f"{state}_needs")
        out += require_before_state(dialect, f"{state}_needs", state, condition)
    out += drop_insert_requirement(dialect, "determination", "opportunity")
    licensed = _licensed(dialect)
    for name, when, condition, message in (
        ("opportunity", _ADVERSE, _OPPORTUNITY, "no opportunity for peer-to-peer"),
        ("appeal", "NEW.kind = 'upheld' OR NEW.appeal_number IS NOT NULL", _APPEAL, "no such appeal"),
        ("external", "NEW.actor_role = 'external'", _EXTERNAL, "no review outside the plan"),
        (
            "appeal_reviewer",
            "NEW.appeal_number IS NOT NULL AND NEW.actor_role <> 'external'",
            f"NEW.actor_role = 'medical_director' AND {licensed}",
            "a licensed director decides an appeal",
        ),
        (
            "not_involved",
            "NEW.appeal_number IS NOT NULL AND NEW.actor_role <> 'external'",
            _NOT_INVOLVED,
            "who took part before, or reports to one who did, does not decide the appeal",
        ),
        ("appeal_notices", "NEW.appeal_number IS NOT NULL", _NOTICES, "no notices to provider and member"),
        ("no_conflict", _BY_STAFF, _UNBIASED, "a conflict of interest"),
    ):
        out += require_before_insert(dialect, "determination", name, f"({when})", condition, message)
    out += require_before(
        dialect, "INSERT", "service_line", "begins", "1 = 1", _BEGINS, "a line does not begin like that"
    )
    moved = f"OLD.state <> NEW.state OR {_OLD} <> {_NEW}"
    out += require_before(dialect, "UPDATE", "service_line", "moves", moved, _MOVES, "no such step of a line")
    left = f"OLD.appeal IN ('appealed', 'external_review') AND NOT ({_NEW} = OLD.appeal)"
    out += require_before(
        dialect,
        "UPDATE",
        "service_line",
        "appeal_decided",
        left,
        f"{_DECIDED_ON_APPEAL} OR coalesce({_SENT_OUTSIDE}, FALSE)",
        "an appeal ends with its determination",
    )
    return out


def _licensed(dialect: str) -> str:
    day = "date(NEW.decided_at)" if dialect == "sqlite" else "(NEW.decided_at AT TIME ZONE 'UTC')::date"
    return (
        "EXISTS (SELECT 1 FROM staff s WHERE s.staff_id = NEW.actor_id AND s.role = 'medical_director' "  # noqa: S608
        "AND s.licence_type IN ('MD', 'DO') AND s.licence_state = 'TX' AND NOT s.licence_administrative "
        f"AND s.licence_expires >= {day})"
    )

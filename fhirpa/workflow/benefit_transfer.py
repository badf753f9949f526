"""Change of provider: a person ends the authorization of the one who treated so far (`um.transfer`)."""

from datetime import date
from decimal import Decimal

from fhirpa.store import NewEvent, NotFound, StaleCase, Unit
from fhirpa.um.case import Case
from fhirpa.um.staff import Lack, Staff
from fhirpa.um.transfer import close_for_transfer
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction


class TransferRefused(ValueError):
    """Nothing was changed; the text says everything that lacks."""

    def __init__(self, *lacks: Lack) -> None:
        super().__init__("; ".join(x.text for x in lacks))


def transfer(
    services: Services, number: str, last_day: date, attended: Decimal, *, by: str, letter: date
) -> Case:
    """End an authorization on a day, since the member goes to another provider; the case as it is then.

    `by`: staff id. `letter`: the date of the member's letter. Sender, provider and member are told. Raises
    TransferRefused, Unavailable.
    """
    try:
        with transaction(services) as unit:
            staff = _person(unit, by)
            case_id = unit.case_of_number(number)
            if case_id is None:
                raise TransferRefused(Lack("authorization", "no case has this authorization number"))
            unit.lock_member(unit.load_case(case_id).member_key)
            case = unit.load_case(case_id)  # as it is under the lock
            uses = [x for x in unit.visit_uses(case.member_key) if x.case_number == case.case_number]
            now = services.clock.now()
            after = close_for_transfer(case, number, last_day, attended, uses, now)
            if not isinstance(after, Case):
                raise TransferRefused(*after)
            _write(unit, case, after, staff, {"last_day": str(last_day), "letter": str(letter)})
    except (StaleCase, NotFound):
        raise TransferRefused(Lack("stale", "the case has changed since; look at it again")) from None
    return after


def _person(unit: Unit, staff_id: str) -> Staff:
    staff = unit.find_staff(staff_id)
    if staff is None or not staff.active:
        raise TransferRefused(Lack("staff-unknown", f"{staff_id} is not on the staff"))
    return staff


def _write(unit: Unit, before: Case, after: Case, staff: Staff, said: dict[str, str]) -> None:
    changed = [x.line.sequence for x, old in zip(after.lines, before.lines, strict=True) if x != old]
    body = {"version": after.version, "lines": changed, **said}
    event = NewEvent("authorization-transferred", after.updated_at, staff.actor_role, staff.staff_id, body)
    payload = {"version": after.version}
    for kind, topic in (
        ("case-changed", unit.sender_of(after.case_id)),
        ("notice", "provider"),
        ("notice", "member"),
    ):
        more = {"act": "transfer", "adverse": False, "lines": []} if kind == "notice" else {}
        unit.enqueue(
            kind, topic=topic, case_id=after.case_id, payload={**payload, **more}, at=after.updated_at
        )
    unit.change_case(after, before.version, [event])

"""How long has an agency had the baton, and what is due: a reminder, an escalation, or giving up?

Terms are working days (policy, an agency may have its own); a term ends when offices close. The clock is the referral's
`status_since`, so it survives restarts and starts anew with every move; days on which it stood still are added. Only
silence is given up on: who has accepted is reminded and escalated, never taken from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from service.clock import WIB
from service.errors import BadInput
from service.policy import Terms
from service.working_days import add_working_days, end_of_office_day, working_days_between

REMIND, ESCALATE, GIVE_UP = "remind", "escalate", "give_up"
LEVELS = (REMIND, ESCALATE, GIVE_UP)
TERM_OF = {
    "sent": "acknowledge",
    "acknowledged": "decide",
    "waitlisted": "start_service",
    "accepted": "start_service",
    "in_service": "report_outcome",
}
GIVEN_UP = ("sent", "acknowledged", "waitlisted")
NEXT_ACT = {
    "sent": "Konfirmasi penerimaan",
    "acknowledged": "Putuskan: sanggup atau tolak",
    "waitlisted": "Putuskan: sanggup atau tolak",
    "accepted": "Mulai layanan",
    "in_service": "Laporkan hasil",
}
LONGEST_LOOK_BACK = 2000
LONGEST_TERM = 250
LONGEST_PAUSE = 30  # working days; then the clock runs again by itself


class WrongTerms(BadInput):
    """An agency's own terms name an unknown key, or no number of working days."""


def terms_of(terms: Terms, own: Mapping[str, Any] | None) -> Terms:
    """The policy's terms with an agency's own in their place.

    Raises:
        WrongTerms
    """
    known = Terms.model_fields
    faults = [f"{key}: tidak dikenal" for key in own or {} if key not in known]
    faults += [
        f"{key}: hari kerja dari 0 sampai {LONGEST_TERM}"
        for key, days in (own or {}).items()
        if key in known and not (type(days) is int and 0 <= days <= LONGEST_TERM)
    ]
    if faults:
        raise WrongTerms(f"Tenggat ditolak: {'; '.join(faults)}. Yang dikenal: {', '.join(known)}.", faults=faults)
    return terms.model_copy(update=dict(own or {}))


def term_of(status: str, terms: Terms) -> int | None:
    """Working days an agency has at a status; None where no clock runs."""
    return int(getattr(terms, TERM_OF[status])) if status in TERM_OF else None


def days_to(status: str, level: str, terms: Terms) -> int | None:
    """Working days from the beginning of a stay in `status` to `level`; None where that level does not exist."""
    term = term_of(status, terms)
    if term is None or (level == GIVE_UP and status not in GIVEN_UP):
        return None
    after = {REMIND: -terms.remind_before, ESCALATE: terms.escalate_after, GIVE_UP: terms.give_up_after}
    return max(term + after[level], 0)


def due_at(
    status: str, level: str, began_on: date, terms: Terms, local_holidays: Iterable[date] = (), stood: int = 0
) -> datetime | None:
    """When a level falls due for a stay that began on a day (WIB), see `beginning`.

    `stood`: working days on which the clock stood still.
    """
    days = days_to(status, level, terms)
    return None if days is None else end_of_office_day(add_working_days(began_on, days + stood, local_holidays))


def due_actions(
    status: str, status_since: datetime, now: datetime, terms: Terms,
    local_holidays: Iterable[date] = (), promised_on: date | None = None, stood: int = 0,
) -> list[str]:  # fmt: skip
    """The levels due by now, mildest first, whether given already or not."""
    began = beginning(status, status_since, promised_on)
    moments = {level: due_at(status, level, began, terms, local_holidays, stood) for level in LEVELS}
    return [level for level, moment in moments.items() if moment is not None and moment <= now]


def beginning(status: str, status_since: datetime, promised_on: date | None = None) -> date:
    """The day a term is counted from: a waiting list's is the day promised, a service's the day of its last report."""
    since = status_since.astimezone(WIB).date()
    return max(since, promised_on) if status in ("waitlisted", "in_service") and promised_on else since


def deadline(
    status: str, status_since: datetime, terms: Terms,
    local_holidays: Iterable[date] = (), promised_on: date | None = None, stood: int = 0,
) -> datetime | None:  # fmt: skip
    """By when the agency must have acted; None where no clock runs."""
    term = term_of(status, terms)
    if term is None:
        return None
    return end_of_office_day(add_working_days(beginning(status, status_since, promised_on), term + stood, local_holidays))


def latest_beginning(
    status: str, level: str, now: datetime, terms: Terms, local_holidays: Iterable[date] = ()
) -> datetime | None:
    """Every stay in `status` that began before this instant has `level` due now: one comparison for all referrals.

    Deadlines never fall as beginnings rise, so the last day that is due is found by halving.
    """
    if days_to(status, level, terms) is None:
        return None
    today = now.astimezone(WIB).date()
    days = range(LONGEST_LOOK_BACK + 1)
    local = frozenset(local_holidays)

    def is_due(back: int) -> bool:
        moment = due_at(status, level, today - timedelta(days=back), terms, local)
        return moment is not None and moment <= now

    first_due = bisect_right(days, False, key=is_due)
    return datetime.combine(today - timedelta(days=first_due - 1), datetime.min.time(), tzinfo=WIB)


def stood_still(
    paused_at: datetime | None, paused_days: int, now: datetime, local_holidays: Iterable[date] = ()
) -> tuple[int, bool]:
    """(working days a stay's clock stood so far, whether it stands now)."""
    if paused_at is None:
        return paused_days, False
    days = working_days_between(paused_at.astimezone(WIB).date(), now.astimezone(WIB).date(), local_holidays)
    return paused_days + min(max(days, 0), LONGEST_PAUSE), days < LONGEST_PAUSE

"""By which day must an agency move each of its referrals, and which of them is first? Every page and the watch ask here.

In service the day is that of the next report by month; once all were made, a term after the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.clock import WIB
from service.db.tables import Case, OutcomeReport, Referral
from service.handoff.clocks import TERM_OF
from service.handoff.queries.clock import PLANNED
from service.handoff.queries.work import chunks
from service.handoff.terms import Clock, Plan, Stay, stay_of

_OWED = func.min(case((col(OutcomeReport.reported_at).is_(None), col(OutcomeReport.due_on))))
_PLANS: Any = select(
    col(OutcomeReport.referral_id).label("referral_id"), _OWED.label("owed"), func.max(col(OutcomeReport.due_on)).label("last")
).where(col(OutcomeReport.month) > 0).group_by(col(OutcomeReport.referral_id))  # fmt: skip


def plans(session: Session, ids: Iterable[int]) -> dict[int, Plan]:
    """Of these referrals, those of which reports by month are asked."""
    found: dict[int, Plan] = {}
    for chunk in chunks(ids):
        rows = session.execute(_PLANS.where(col(OutcomeReport.referral_id).in_(chunk)))
        found |= {row[0]: Plan(row[1], row[2]) for row in rows}
    return found


def deadlines(session: Session, clock: Clock, referrals: Sequence[Referral]) -> dict[int, datetime | None]:
    """referral id -> when its agency must have moved it; None where no clock runs, or where it stands."""
    asked = plans(session, [one.id or 0 for one in referrals if one.status == "in_service"])
    stays = [stay_of(one, asked.get(one.id or 0)) for one in referrals]
    return {stay.id: None if clock.stood(stay)[1] else clock.ends(stay) for stay in stays}


def first_days(session: Session, cycle_id: int, clock: Clock, regencies: Sequence[str] = ()) -> dict[tuple[int, str], date]:
    """(agency id, status) -> the day on which the first of its referrals there is due; nothing where every clock stands."""
    found: dict[tuple[int, str], date] = {}
    for stay in _stretches(session, cycle_id, regencies):
        ends = None if clock.stood(stay)[1] else clock.ends(stay)
        if ends is not None:
            day, key = ends.astimezone(WIB).date(), (stay.agency_id, stay.status)
            found[key] = min(found.get(key, day), day)
    return found


def first_by_status(days: Mapping[tuple[int, str], date]) -> dict[str, date]:
    """Of `first_days`, whichever agency it is."""
    found: dict[str, date] = {}
    for (_, status), day in days.items():
        found[status] = min(found.get(status, day), day)
    return found


def _stretches(session: Session, cycle_id: int, regencies: Sequence[str]) -> list[Stay]:
    """Of referrals that differ in nothing else, the one that stays longest.

    The reports are looked up one by one: joined as a whole, PostgreSQL may go through them for each referral.
    """
    serves = col(Referral.status) == "in_service"
    owed, last = (PLANNED.with_only_columns(one).scalar_subquery() for one in (_OWED, func.max(col(OutcomeReport.due_on))))
    chosen = select(
        col(Referral.agency_id), col(Referral.status), col(Referral.status_since), col(Referral.waitlist_until),
        col(Referral.paused_at), col(Referral.paused_days), case((serves, owed)).label("owed"),
        case((serves, last)).label("last"),
    ).where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(TERM_OF))  # fmt: skip
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    each = chosen.subquery().c
    until = case((each.status == "waitlisted", each.waitlist_until), (each.owed.is_(None), each.last))
    ways = select(each.agency_id, each.status, func.min(each.status_since), until, each.paused_at, each.paused_days, each.owed)
    grouped = ways.group_by(
        each.agency_id, each.status, each.waitlist_until, each.last, each.paused_at, each.paused_days, each.owed
    )
    return [
        Stay(0, "", agency_id, status, since, counts_from, paused_at, paused_days, report_on=report_on)
        for agency_id, status, since, counts_from, paused_at, paused_days, report_on in session.execute(grouped)
    ]

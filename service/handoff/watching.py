"""Who is reminded today, who is escalated, and whose silence is over?

One mail per agency and day, however many of its referrals are late; a level is given once for one stay in one status.
Nobody is given up on who was not escalated at least a day before, also when the watch itself stood still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.history import record_moves
from service.db.tables import Partner
from service.handoff.clocks import (
    ESCALATE,
    GIVE_UP,
    LEVELS,
    NEXT_ACT,
    REMIND,
    TERM_OF,
    beginning,
    due_actions,
    latest_beginning,
)
from service.handoff.links import make_link
from service.handoff.queries import clock as queries
from service.handoff.queries import work as facts
from service.handoff.queries.clock import Stay
from service.lifecycle import Subject
from service.messages.outbox import owe_kick, owe_mail
from service.stage import Done, Work

WARNED_BEFORE = timedelta(days=1)
MOST_NUMBERS = 50
TITLES = {REMIND: "Pengingat: rujukan menunggu jawaban", ESCALATE: "Rujukan melewati tenggat, mohon perhatian"}
TEMPLATES = {REMIND: "referral_reminder.txt", ESCALATE: "referral_escalation.txt"}


@dataclass(frozen=True)
class Call:
    """A level due now for one referral's stay."""

    stay: Stay
    level: str


def due_on_clock(session: Session, work: Work) -> list[int]:
    """Referrals with a level due and not given; one comparison for each status and level."""
    policy, ids = work.policy, set[int]()
    for level in LEVELS:
        given = queries.given(session, work.cycle_id, level)
        for status in TERM_OF:
            before = latest_beginning(status, level, work.now, policy.terms, policy.local_holidays)
            if before is not None:
                ids.update(stay[0] for stay in queries.staying(session, work.cycle_id, status, before) - given)
    return sorted(ids)


def run_clocks(work: Work, ids: list[int]) -> Done:
    """Remind, escalate, give up."""
    with work.database.write() as session:
        calls = _calls(session, work, ids)
        calls = _without_mailed_today(session, work, calls)
        given_up = _give_up(session, work, [call.stay for call in calls if call.level == GIVE_UP])
        warned = [call for call in calls if call.level != GIVE_UP]
        queries.keep_reminders(session, _reminders(work, warned))
        _mail(session, work, warned)
    return Done(len({call.stay.id for call in warned} | given_up))


def _calls(session: Session, work: Work, ids: Iterable[int]) -> list[Call]:
    stays = queries.stays(session, ids)
    given = queries.reminders_of(session, ids)
    policy, now, calls = work.policy, work.now, []
    dues: dict[tuple[str, date], list[str]] = {}
    for stay in stays:
        before = given.get((stay.id, stay.status_since), {})
        began = beginning(stay.status, stay.status_since, stay.waitlist_until)
        if (due := dues.get((stay.status, began))) is None:
            due = due_actions(stay.status, stay.status_since, now, policy.terms, policy.local_holidays, stay.waitlist_until)
            dues[stay.status, began] = due
        fresh = [level for level in due if level not in before]
        if GIVE_UP in fresh and not _was_warned(before, now):
            fresh.remove(GIVE_UP)
        calls += [Call(stay, level) for level in fresh]
    return calls


def _was_warned(before: dict[str, datetime], now: datetime) -> bool:
    return ESCALATE in before and before[ESCALATE] <= now - WARNED_BEFORE


def _digest_key(agency_id: int, level: str, today: date) -> str:
    return f"{level}:{agency_id}:{today.isoformat()}"


def _without_mailed_today(session: Session, work: Work, calls: list[Call]) -> list[Call]:
    """A second reminder of one agency on one day waits for the next day's mail."""
    today = clock.today(work.home)
    keys = {_digest_key(call.stay.agency_id, call.level, today) for call in calls}
    owed = queries.mails_owed(session, keys)
    return [call for call in calls if _digest_key(call.stay.agency_id, call.level, today) not in owed]


def _give_up(session: Session, work: Work, stays: list[Stay]) -> set[int]:
    """Silence after sending or acknowledging is `no_response`; a waiting list without an end is marked for the next step."""
    moved: set[int] = set()
    for status in ("sent", "acknowledged"):
        ids = [stay.id for stay in stays if stay.status == status]
        moved |= set(record_moves(session, Subject.REFERRAL, ids, status, "deadline_passed", work.told()))
    waiting = [stay for stay in stays if stay.status == "waitlisted"]
    queries.keep_reminders(session, _reminders(work, [Call(stay, GIVE_UP) for stay in waiting]))
    if moved or waiting:
        owe_kick(session, "handoff", work.cycle.year, work.now)
    return moved | {stay.id for stay in waiting}


def _reminders(work: Work, calls: list[Call]) -> list[dict[str, Any]]:
    common = {"cycle_id": work.cycle_id, "subject": "referral", "given_at": work.now}
    return [
        {**common, "subject_id": call.stay.id, "level": call.level, "status_since": call.stay.status_since} for call in calls
    ]


def _mail(session: Session, work: Work, calls: list[Call]) -> None:
    partners = facts.partners_by_id(session, {call.stay.agency_id for call in calls})
    for level in (REMIND, ESCALATE):
        for agency_id in sorted(partners):
            mine = [call.stay for call in calls if call.level == level and call.stay.agency_id == agency_id]
            if mine:
                _mail_one(session, work, partners[agency_id], level, mine)


def _mail_one(session: Session, work: Work, agency: Partner, level: str, stays: list[Stay]) -> None:
    """The agency's contact is reminded, with its link; its superior is told what is late, without one."""
    assert agency.id is not None
    today = clock.today(work.home)
    address = agency.contact if level == REMIND else agency.superior_contact
    counts = Counter(stay.status for stay in stays)
    body = {
        "template": TEMPLATES[level], "agency": agency.name, "day": today.isoformat(), "referrals": len(stays),
        "acts": [{"act": NEXT_ACT[status], "count": count} for status, count in sorted(counts.items())],
        "numbers": sorted(stay.number for stay in stays)[:MOST_NUMBERS],
    }  # fmt: skip
    if level == REMIND and address:
        body["link"] = f"{work.public_url.rstrip('/')}/r/{make_link(session, agency.id, None, work.policy, today)}"
    owe_mail(session, address, _digest_key(agency.id, level, today), TITLES[level], body, work.now)

"""Who is reminded today, who is escalated, and whose silence is over?

One mail per agency and day, however many of its referrals and reports are late; a level is given once for one stay in one
status, or one report. Nobody is given up on who was not escalated at least a day before, also when the watch itself stood
still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.history import record_moves
from service.db.tables import Partner
from service.handoff.clocks import ESCALATE, GIVE_UP, LEVELS, NEXT_ACT, REMIND, TERM_OF, latest_beginning
from service.handoff.links import make_link
from service.handoff.queries import clock as queries
from service.handoff.queries import work as facts
from service.handoff.queries.clock import clock_of
from service.handoff.queries.follow_up import asked
from service.handoff.terms import REPORT, Clock, Stay, report_horizon
from service.lifecycle import Subject
from service.messages.outbox import owe_kick, owe_mail
from service.policy import Terms
from service.stage import Done, Work
from service.working_days import is_working_day

WARNED_BEFORE = timedelta(days=1)
MOST_NUMBERS = 50
TITLES = {REMIND: "Pengingat: rujukan menunggu jawaban", ESCALATE: "Rujukan melewati tenggat, mohon perhatian"}
TEMPLATES = {REMIND: "referral_reminder.txt", ESCALATE: "referral_escalation.txt"}
MOVES_ON = "Tanpa jawaban, rujukan dialihkan ke instansi lain."
STAYS = "Rujukan tetap pada Saudara; keluarga menunggu."
THEN = {
    "sent": MOVES_ON, "acknowledged": MOVES_ON, "waitlisted": MOVES_ON, "accepted": STAYS, "in_service": STAYS,
    REPORT: "Pelayanannya sudah selesai; hanya laporan ini yang ditunggu.",
}  # fmt: skip
UNITS = {REPORT: "laporan"}
ACTS = {**NEXT_ACT, REPORT: "Laporkan perkembangan sesudah layanan"}


@dataclass(frozen=True)
class Call:
    """A level due now for one referral's stay, or one report."""

    stay: Stay
    level: str


def due_on_clock(session: Session, work: Work) -> list[int]:
    """Referrals with a level due and not given; one comparison for each status, level and terms.

    On working days only: no office reads mail on a Saturday, and nobody's silence is over on one.
    """
    if not is_working_day(work.now.astimezone(clock.WIB).date(), work.policy.local_holidays):
        return []
    now = clock_of(session, work.policy, work.now)
    ids = _with_report_due(session, work, now)
    stood = queries.stood_stays(session, work.cycle_id, TERM_OF)
    for level in LEVELS:
        given = queries.given(session, work.cycle_id, level)
        ids.update(stay.id for stay in stood if level in now.due(stay) and (stay.id, stay.status_since) not in given)
        for status in TERM_OF:
            ids.update(stay[0] for stay in _due_stays(session, work, now, status, level) - given)
    return sorted(ids)


def _due_stays(session: Session, work: Work, now: Clock, status: str, level: str) -> set[tuple[int, datetime]]:
    """Those whose clock never stood: the agencies with the policy's terms in one look, each other in its own."""
    found: set[tuple[int, datetime]] = set()
    groups: list[tuple[Terms, list[int], list[int]]] = [(work.policy.terms, [], sorted(now.own))]
    groups += [(terms, [agency], []) for agency, terms in now.own.items()]
    for terms, of, but in groups:
        before = latest_beginning(status, level, work.now, terms, work.policy.local_holidays)
        if before is not None:
            found |= queries.staying(session, work.cycle_id, status, before, of, but)
    return found


def _with_report_due(session: Session, work: Work, now: Clock) -> set[int]:
    given = {level: queries.given(session, work.cycle_id, level, REPORT) for level in (REMIND, ESCALATE)}
    return {
        stay.referral_id
        for stay in _reports(session, work, now)
        if any((stay.id, stay.status_since) not in given[level] for level in now.due(stay))
    }


def _reports(session: Session, work: Work, now: Clock) -> list[Stay]:
    """Reports asked soon or overdue, as stays that begin on the day they fall due; none while the referral's clock stands."""
    paused = queries.stood_stays(session, work.cycle_id, ("in_service",), also_reporting=True)
    standing = {stay.id for stay in paused if now.stood(stay)[1]}
    return [
        Stay(one.id, one.number, one.agency_id, REPORT, _morning(one.due_on), referral_id=one.referral_id, subject=REPORT)
        for one in asked(session, work.cycle_id, report_horizon(now))
        if one.referral_id not in standing
    ]


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.WIB)


def run_clocks(work: Work, ids: list[int]) -> Done:
    """Remind, escalate, give up."""
    with work.database.write() as session:
        calls = _calls(session, work, ids)
        calls = _without_mailed_today(session, work, calls)
        given_up = _give_up(session, work, [call.stay for call in calls if call.level == GIVE_UP])
        warned = [call for call in calls if call.level != GIVE_UP]
        queries.keep_reminders(session, _reminders(work, warned))
        _mail(session, work, warned)
    return Done(len({call.stay.referral_id for call in warned} | given_up))


def _calls(session: Session, work: Work, ids: Iterable[int]) -> list[Call]:
    now, wanted = clock_of(session, work.policy, work.now), set(ids)
    reports = [stay for stay in _reports(session, work, now) if stay.referral_id in wanted]
    given = {
        "referral": queries.reminders_of(session, "referral", wanted),
        REPORT: queries.reminders_of(session, REPORT, [stay.id for stay in reports]),
    }
    calls = []
    for stay in [*queries.stays(session, wanted), *reports]:
        before = given[stay.subject].get((stay.id, stay.status_since), {})
        fresh = [level for level in now.due(stay) if level not in before]
        if GIVE_UP in fresh and not _was_warned(before, work.now):
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
    common = {"cycle_id": work.cycle_id, "given_at": work.now}
    return [
        {
            **common, "subject": call.stay.subject, "subject_id": call.stay.id, "level": call.level,
            "status_since": call.stay.status_since,
        }
        for call in calls
    ]  # fmt: skip


def _mail(session: Session, work: Work, calls: list[Call]) -> None:
    partners = facts.partners_by_id(session, {call.stay.agency_id for call in calls})
    mine: dict[tuple[str, int], list[Stay]] = {}
    for call in calls:
        mine.setdefault((call.level, call.stay.agency_id), []).append(call.stay)
    for level in (REMIND, ESCALATE):
        for agency_id in sorted(partners):
            if (level, agency_id) in mine:
                _mail_one(session, work, partners[agency_id], level, mine[level, agency_id])


def _mail_one(session: Session, work: Work, agency: Partner, level: str, stays: list[Stay]) -> None:
    """The agency's contact is reminded, with its link; its superior is told what is late, without one."""
    assert agency.id is not None
    today = clock.today(work.home)
    address = agency.contact if level == REMIND else agency.superior_contact
    counts, numbers = Counter(stay.status for stay in stays), sorted({stay.number for stay in stays})
    body = {
        "template": TEMPLATES[level], "agency": agency.name, "day": today.isoformat(), "referrals": len(numbers),
        "acts": [
            {"act": ACTS[status], "count": count, "unit": UNITS.get(status, "rujukan"), "then": THEN[status]}
            for status, count in sorted(counts.items())
        ],
        "office": work.policy.letterhead.contact, "numbers": numbers[:MOST_NUMBERS],
    }  # fmt: skip
    if level == REMIND and address:
        body["link"] = f"{work.public_url.rstrip('/')}/r/{make_link(session, agency.id, None, work.policy, today)}"
    owe_mail(session, address, _digest_key(agency.id, level, today), TITLES[level], body, work.now)

"""Which letters to agencies wait for whose mark or signature, and which reports of agencies are late?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from sqlmodel import Session

from service.api.console.showing import days_left, due_of, id_of
from service.api.console.tasks import Row
from service.api.rendering import query
from service.clock import WIB
from service.db import listings
from service.db.tables import Cycle, ReferralBatch
from service.handoff.papers import Standing, standing_of
from service.handoff.queries.by_agency import reports_owed
from service.handoff.queries.work import hops_of_batch
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.trust.rights import RIGHTS, Officer
from service.words import TURNS

MOST = 10


def rows_of(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    return [*_letters(session, officer, cycle, today, policy), *_reports(session, officer, cycle, today, policy)]


def _letters(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    """Each of those this officer may mark or sign now; the others by what they wait for."""
    mine, others = list[Row](), dict[str, list[Row]]()
    for batch, agency, _ in listings.batches(session, id_of(cycle), "drafted"):
        hops = [hop.id for hop in hops_of_batch(session, id_of(batch), "drafted")]
        if not hops or (officer.regencies and agency.regency_code not in (None, *officer.regencies)):
            continue
        now = standing_of(batch, hops, policy.referral.initials_needed, officer)
        row = _letter(batch, agency.name, len(hops), now, today, policy)
        if row.mine:
            mine.append(row)
        else:
            others.setdefault(row.turn, []).append(row)
    there = query("/rujukan", tahun=cycle.year) + "#surat"
    return [*_few(mine, there), *(row for rows in others.values() for row in _few(rows, there, 1))]


def _letter(batch: ReferralBatch, agency: str, count: int, now: Standing, today: date, policy: CyclePolicy) -> Row:
    act, word, verb = ("initial", "paraf", "Paraf") if now.waits_for_marks else ("sign", "tanda tangan", "Tandatangani")
    mine = now.may_initial or now.may_sign
    due = due_of(Subject.REFERRAL, "drafted", batch.drafted_at, policy)
    left = days_left(today, due, policy) if due else 0
    return Row(
        count=count, what=f"konsep rujukan menunggu {word}: {batch.number}, {agency}", verb=verb if mine else "Lihat",
        href=f"/batch/{batch.number}", turn=" atau ".join(TURNS[role] for role in RIGHTS[f"referral.{act}"]), mine=mine,
        since=batch.drafted_at, due=due, left=abs(left), is_late=left < 0,
    )  # fmt: skip


def _few(rows: list[Row], href: str, most: int = MOST) -> list[Row]:
    """Where there are more, one line for all of them, as urgent as the oldest."""
    if len(rows) <= most:
        return rows
    first = min(rows, key=lambda row: row.since)
    what = f"{first.what.partition(':')[0]}, dalam {len(rows)} berkas"
    return [replace(first, count=sum(row.count for row in rows), what=what, href=href)]


def _reports(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    """Reports by month that are late, also of services that have ended."""
    late = [one for one in reports_owed(session, id_of(cycle), today, officer.regencies).values() if one.late]
    if not late:
        return []
    first = min(one.oldest for one in late)
    return [
        Row(
            count=sum(one.late for one in late), what="laporan hasil berkala terlambat", verb="Lihat",
            href=query("/instansi", tahun=cycle.year), turn=TURNS["agency"], mine=False,
            since=datetime.combine(first, time(), WIB), due=first, left=abs(days_left(today, first, policy)), is_late=True,
        )
    ]  # fmt: skip

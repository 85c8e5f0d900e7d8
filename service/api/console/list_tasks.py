"""What about a year's list waits for verifiers and for those who decide objections?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from service.api.console.showing import days_left, id_of
from service.api.console.tasks import Row
from service.db import decrees
from service.db.tables import Cycle
from service.policy import CyclePolicy
from service.selection.standing import standing_of
from service.trust.rights import Officer, may


def rows_of(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    """Lists to verify and objections to decide, in the officer's regencies."""
    return [*_to_verify(session, officer, cycle, today, policy), *_to_decide(session, officer, cycle)]


def _to_verify(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    waiting = decrees.waiting_version(session, id_of(cycle))
    if waiting is None:
        return []
    standing = standing_of(session, cycle, waiting)
    count = sum(standing.households[code] for code in _within(standing.unverified, officer))
    mine, until = may(officer, "decree.verify"), waiting.objections_until
    left = days_left(today, until, policy) if until else 0
    what, verb = "keluarga menunggu verifikasi wilayah", "Verifikasi" if mine else "Lihat"
    row = Row(
        count=count, what=what, verb=verb, href=f"/siklus/{cycle.year}/sk", turn="Verifikator", mine=mine,
        since=waiting.proposed_at, due=until, left=abs(left), is_late=left < 0,
    )  # fmt: skip
    return [row] if count else []


def _to_decide(session: Session, officer: Officer, cycle: Cycle) -> list[Row]:
    waiting = [one for one, _ in decrees.objections(session, id_of(cycle), officer.regencies) if one.state == "open"]
    since: list[datetime] = [one.filed_at for one in waiting]
    if not since:
        return []
    mine = may(officer, "objection.decide")
    return [
        Row(
            count=len(since), what="keberatan menunggu putusan", verb="Putuskan" if mine else "Lihat",
            href=f"/siklus/{cycle.year}/sk#keberatan", turn="Verifikator", mine=mine, since=min(since), due=None, left=0,
            is_late=False,
        )
    ]  # fmt: skip


def _within(regencies: Sequence[str], officer: Officer) -> list[str]:
    return [code for code in regencies if not officer.regencies or code in officer.regencies]

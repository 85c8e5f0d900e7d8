"""Which lines of agencies are unread, which consents must stop, which agency has no code, which letter goes by hand?"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from service.api.console.showing import days_left, id_of
from service.api.console.tasks import Row
from service.api.rendering import query
from service.clock import WIB
from service.db.tables import Case, Cycle
from service.handoff.queries.by_hand import to_take_there
from service.handoff.queries.codes import without_code
from service.handoff.queries.consents import not_stopped
from service.handoff.queries.thread import oldest_unread
from service.policy import CyclePolicy
from service.trust import links
from service.trust.rights import Officer, may


def rows_of(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    return [
        *_unread(session, officer, cycle), *_by_hand(session, officer, cycle), *_closed(session, officer, cycle),
        *_stopping(session, officer, cycle, today, policy),
    ]  # fmt: skip


def _unread(session: Session, officer: Officer, cycle: Cycle) -> list[Row]:
    count, since = oldest_unread(session, id_of(cycle), officer.regencies)
    if since is None:
        return []
    row = _row(count, "catatan instansi belum dibaca", "Baca", query("/instansi", tahun=cycle.year), since)
    return [row] if may(officer, "referral.write") else []


def _by_hand(session: Session, officer: Officer, cycle: Cycle) -> list[Row]:
    """Letters nobody was mailed; the agency's time to answer runs already."""
    found = to_take_there(session, id_of(cycle), officer.regencies) if may(officer, "referral.write") else []
    what = "surat rujukan harus diantar sendiri: instansinya tidak punya alamat surel"
    return [_row(len(found), what, "Buka surat", f"/batch/{found[0][0]}", found[0][1])] if found else []


def _closed(session: Session, officer: Officer, cycle: Cycle) -> list[Row]:
    """Addresses stay shut for an agency until somebody makes its code and tells it by another way than the link's."""
    found = without_code(session, id_of(cycle), officer.regencies) if may(officer, links.ACT) else []
    if not found:
        return []
    href = query(f"/instansi/{found[0][0].sender}", tahun=cycle.year) + "#tautan"
    return [_row(len(found), "instansi menerima rujukan tetapi belum punya kode kantor", "Buat kode", href, found[0][1])]


def _stopping(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    """Consents taken back whose stop is not proven: within 3 x 24 hours, or it is late."""
    open_ones = [one for one in not_stopped(session, id_of(cycle), officer.regencies) if one.withdrawn_at and one.stop_by]
    if not open_ones or not may(officer, "consent.record"):
        return []
    first = min(open_ones, key=lambda one: one.stop_by or one.recorded_at)
    due = first.stop_by.astimezone(WIB).date() if first.stop_by else today
    household = session.get_one(Case, first.case_id).household_id
    since = min(one.withdrawn_at for one in open_ones if one.withdrawn_at)
    left = days_left(today, due, policy)
    what = "persetujuan ditarik, penghapusan data belum dinyatakan penerimanya"
    return [_row(len(open_ones), what, "Lihat", f"/keluarga/{cycle.year}/{household}", since, due, left)]


def _row(count: int, what: str, verb: str, href: str, since: datetime, due: date | None = None, left: int = 0) -> Row:
    return Row(
        count=count, what=what, verb=verb, href=href, turn="Petugas operasi", mine=True, since=since, due=due, left=abs(left),
        is_late=left < 0,
    )  # fmt: skip

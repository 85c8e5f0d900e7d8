"""What happens to an exit list after it is made: handed out, acknowledged by the cash programme, households sent back?

What people say about a list is added to its note, a line each with day and actor; a household is named by its number.
"""

from __future__ import annotations

import re

from sqlmodel import Session

from service import clock
from service.clock import WIB
from service.db.history import Told
from service.db.tables import ExitList
from service.errors import BadInput, NotFound, NotNow
from service.exits import files, queries
from service.exits.rights import require_province
from service.trust.homes import House
from service.trust.rights import Officer, require

SHORTEST_HASH = 12


class NoSuchList(NotFound):
    """No exit list has this number, or the household is not on it."""


class HashDiffers(BadInput):
    """The receiver has another file than the one we made."""


class WordMissing(BadInput):
    """Who acknowledges, or why a household comes back, was not told."""


class NotAtThisPoint(NotNow):
    """Not handed out yet, or acknowledged already."""


def hand_out(house: House, officer: Officer, number: str) -> bytes:
    """The list's CSV with full NIKs; who took it is in the access log of every household, and the list counts as sent.

    Raises:
        NoRight, OutsideRegion, NoSuchList
        ListFileChanged: it is not the file that was made.
    """
    require(officer, "exit.make")
    require_province(officer)
    with house.database.read() as session:
        row = list_for(session, number)
    content = files.opened(house.home, row.file, row.sha256, house.sealer)
    now = clock.now(house.home)
    with house.database.write() as session:
        held = list_for(session, number, is_locked=True)
        queries.log_access(
            session, held.id or 0, user_id=officer.id, field="nik", reason=f"Daftar keluar {number} diambil", at=now
        )
        if held.state == "made":
            held.state, held.sent_at = "sent", now
    return content


def acknowledge(session: Session, officer: Officer, number: str, sha256: str, by: str, note: str, told: Told) -> ExitList:
    """The cash programme has the list; `sha256` is what it computed itself (12 characters are enough), `by` who says so.

    Raises:
        NoRight, OutsideRegion, NoSuchList, WordMissing
        HashDiffers: what they have is not what we made.
        NotAtThisPoint: nobody took the file yet, or it is acknowledged.
    """
    require(officer, "exit.acknowledge")
    require_province(officer)
    row = list_for(session, number, is_locked=True)
    if row.state != "sent":
        why = "sudah dinyatakan diterima" if row.state == "acknowledged" else "belum diambil untuk diserahkan"
        raise NotAtThisPoint(f"Daftar {number} {why}.")
    if not by.strip():
        raise WordMissing("Tuliskan siapa di program bantuan tunai yang menerima.", faults=_fault("oleh", "Tuliskan siapa"))
    if not is_same(row.sha256, sha256):
        sentence = (
            f"Sidik berkas (SHA-256) tidak sama dengan daftar {number}. Minta penerima memeriksa berkas yang diterimanya."
        )
        raise HashDiffers(sentence, faults=_fault("sidik", "Sidik berkas tidak sama"))
    row.state, row.acknowledged_by, row.acknowledged_at = "acknowledged", by.strip()[:120], told.at
    _add_note(row, told, "dinyatakan diterima" + (f": {note.strip()}" if note.strip() else ""))
    return row


def send_back(session: Session, officer: Officer, number: str, household_id: int, reason: str, told: Told) -> ExitList:
    """The cash programme returns a household (its aid ended before, say): kept on the list's note with the reason.

    Raises:
        NoRight, OutsideRegion, NoSuchList, WordMissing
        NotAtThisPoint: the list never left.
    """
    require(officer, "exit.acknowledge")
    require_province(officer)
    row = list_for(session, number, is_locked=True)
    if row.state == "made":
        raise NotAtThisPoint(f"Daftar {number} belum diambil untuk diserahkan.")
    if not queries.is_listed(session, row.id or 0, household_id):
        sentence = f"Keluarga {household_id} tidak ada pada daftar {number}."
        raise NoSuchList(sentence, faults=_fault("keluarga", "Keluarga ini tidak ada pada daftar"))
    if len(reason.strip()) < 5:
        raise WordMissing("Tuliskan alasannya, sedikitnya lima huruf.", faults=_fault("alasan", "Tuliskan alasannya"))
    _add_note(row, told, f"keluarga {household_id} dikembalikan program tunai: {reason.strip()}")
    return row


def list_for(session: Session, number: str, is_locked: bool = False) -> ExitList:
    """Raises NoSuchList."""
    row = queries.list_numbered(session, number, is_locked)
    if row is None:
        raise NoSuchList(f"Daftar keluar {number} tidak ada.")
    return row


def is_same(sha256: str, told: str) -> bool:
    """Is the told hash, or at least its first 12 characters, ours? Spaces and capitals do not matter."""
    plain = re.sub(r"\s", "", told).lower()
    return len(plain) >= SHORTEST_HASH and sha256.startswith(plain)


def _add_note(row: ExitList, told: Told, words: str) -> None:
    line = f"{told.at.astimezone(WIB):%Y-%m-%d} {told.actor}: {' '.join(words.split())[:500]}"
    row.note = f"{row.note}\n{line}" if row.note else line


def _fault(field: str, words: str) -> list[dict[str, str]]:
    return [{"field": field, "fault": words}]

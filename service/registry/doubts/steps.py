"""How are households that may be one found, and how does a person decide about two of them, once?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from service.db.history import Told
from service.db.session import Database
from service.db.tables import DuplicatePair
from service.errors import BadInput, NotNow
from service.registry.doubts.likely import likely_pairs
from service.registry.doubts.pairs import Changes, Kept, Pair, causes_of, changes, pairs_within
from service.registry.doubts.queries import pairs as queries
from service.registry.doubts.reasons import checked_reason, told_before
from service.registry.queries import lock_registry
from service.trust.rights import Officer, require, require_region

Verdict = Literal["same", "different"]
VERDICTS: dict[str, str] = {"same": "keluarga yang sama", "different": "dua keluarga yang berbeda"}


class UnknownVerdict(BadInput):
    """Neither `same` nor `different`."""


class NotOfThisPair(BadInput):
    """The household that is to stay is none of the two, or none stays where both do."""


class NothingToDecide(NotNow):
    """What made the two alike was corrected before anybody decided."""


class KeptIsDuplicate(NotNow):
    """The household that is to stay was decided to be a duplicate of the one that is to leave: then nobody would stay."""


@dataclass(frozen=True)
class Search:
    """What one search found: pairs open now, and how many of them are new, came back, or were cleared by it."""

    open: int
    new: int
    returned: int
    cleared: int


def find_duplicates(database: Database, now: datetime) -> Search:
    """Search the whole registry for households that may be one and keep the pairs; a second time changes nothing.

    Reads outside the write transaction; when the registry has changed until then, it searches again.
    """
    while True:
        with database.read() as session:
            mark = queries.registry_mark(session)
            likely = likely_pairs(queries.people(session)).rows()
            same_kk = pairs_within(queries.households_by_shared_card(session))
            shared = pairs_within(queries.households_by_shared_person(session))
        causes = causes_of(same_kk, shared, likely)
        with database.write() as session:
            lock_registry(session)
            if queries.registry_mark(session) == mark:
                kept = queries.kept_pairs(session)
                found = changes(causes, kept)
                queries.write_changes(session, found, now)
                return _summary(found, kept)


def settle_pair(
    session: Session, officer: Officer, pair_id: int, verdict: str, kept_id: int | None, reason: str, told: Told
) -> DuplicatePair:
    """Decide an open pair: `same` keeps `kept_id` (the household registered first, if None), `different` keeps both.

    The same officer deciding the same again changes nothing.

    Raises:
        NoRight, OutsideRegion, NotFound, NoReason, UnknownVerdict, NotOfThisPair
        AlreadySettled: names who decided and when.
        NothingToDecide, KeptIsDuplicate
    """
    require(officer, "registry.settle")
    pair, first, second = queries.pair_with_sides(session, pair_id)
    for household in (first, second):
        require_region(officer, household.regency_code)
    stays = _who_stays(pair, verdict, kept_id)
    text = checked_reason(reason)
    queries.lock_decisions(session, pair)
    if pair.state != "open":
        return _decided_before(session, pair, officer, verdict, stays)
    leaves = pair.first_id + pair.second_id - (stays or 0)
    if stays and leaves in queries.kept_instead_of(session, stays):
        raise KeptIsDuplicate(f"Rumah tangga {stays} sudah diputuskan ganda dari {leaves}, langsung atau lewat yang lain.")
    fields = {"state": verdict, "kept_id": stays, "reason": text, "decided_by": told.actor, "decided_at": told.at}
    is_written = queries.write_decision(session, pair_id, fields)
    session.refresh(pair)
    return pair if is_written else _decided_before(session, pair, officer, verdict, stays)


def _who_stays(pair: DuplicatePair, verdict: str, kept_id: int | None) -> int | None:
    if verdict not in VERDICTS:
        raise UnknownVerdict("Pilih: sama atau berbeda.", faults=[{"field": "putusan", "fault": "Pilih sama atau berbeda"}])
    if verdict == "different" and kept_id is not None:
        raise NotOfThisPair("Dua keluarga yang berbeda tetap terdaftar keduanya; jangan memilih salah satu.")
    if verdict == "same" and kept_id not in (None, pair.first_id, pair.second_id):
        raise NotOfThisPair(f"Rumah tangga {kept_id} bukan bagian pasangan ini ({pair.first_id} dan {pair.second_id}).")
    return (kept_id or pair.first_id) if verdict == "same" else None


def _decided_before(session: Session, pair: DuplicatePair, officer: Officer, verdict: str, stays: int | None) -> DuplicatePair:
    if pair.state == "cleared":
        raise NothingToDecide("Pasangan ini tidak perlu diputuskan lagi: penyebabnya sudah diperbaiki di data.")
    if (pair.decided_by, pair.state, pair.kept_id) == (officer.actor, verdict, stays):
        return pair
    raise told_before(session, f"Pasangan ini sudah diputuskan {VERDICTS[pair.state]}", pair.decided_by, pair.decided_at)


def _summary(found: Changes, kept: dict[Pair, Kept]) -> Search:
    before = sum(old.state == "open" for old in kept.values())
    still = before + len(found.new) + len(found.returned) - len(found.cleared)
    return Search(still, len(found.new), len(found.returned), len(found.cleared))

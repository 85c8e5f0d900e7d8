"""When may the cover letter of a batch that went out be replaced by a new one, and by whom?

Number and code are taken at this signature, as at the first; the stage prints the letter, and then the old one leads to it.
The households (without those closed to the agency by now), their sheets, the link and the day to answer stay as they are.
"""

from __future__ import annotations

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import ReferralBatch
from service.errors import NotNow
from service.handoff.decisions import number_letter, policy_of, require_agency_region
from service.handoff.queries import letters as papers
from service.handoff.queries import work as queries
from service.handoff.queries.closed import still_listed
from service.messages.outbox import owe_kick
from service.trust.rights import Officer, require, require_other


class NothingToReplace(NotNow):
    """The letter has not gone out, is being replaced at this moment, or is not the one the officer saw."""


def replace_cover(
    session: Session, officer: Officer, batch: ReferralBatch, told: Told, seen: str, number: str | None = None
) -> ReferralBatch:
    """Sign a new cover letter in the place of the one that went out. Marks on the list are not asked for again: the list can
    only have become shorter. `seen` is the number of the letter to be replaced, so that asking twice is one replacement;
    `number` is typed as at `sign_batch`.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NothingToReplace, NumberRefused
    """
    require(officer, "referral.sign")
    require_other(officer, batch.drafted_by)
    require_agency_region(session, officer, batch.agency_id)
    assert batch.id is not None
    batch_id, batch = batch.id, papers.lock_batch(session, batch.id)
    _require_replaceable(session, batch_id, batch, seen)
    batch.letter_id = batch.letter_seq = None
    batch.signed_by, batch.signed_at = told.actor, told.at
    number_letter(session, batch, policy_of(session, batch), told, number)
    owe_kick(session, "handoff", queries.year_of(session, batch.cycle_id), told.at)
    return batch


def _require_replaceable(session: Session, batch_id: int, batch: ReferralBatch, seen: str) -> None:
    if batch.state != "sent":
        raise NothingToReplace(f"Surat berkas {batch.number} belum dikirim.", status=batch.state, event="replace")
    if " ".join(seen.split()) != batch.letter_number:
        raise NothingToReplace(
            f"Surat berkas {batch.number} yang berlaku bernomor {batch.letter_number}. Sebutkan nomor itu untuk menggantinya."
        )
    if batch.letter_id is None:
        raise NothingToReplace(f"Surat pengganti berkas {batch.number} masih dicetak. Tunggu sebentar.")
    if not still_listed(session, batch_id):
        raise NothingToReplace(f"Tidak ada lagi rujukan berkas {batch.number} pada instansi ini; surat baru tidak perlu.")

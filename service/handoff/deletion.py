"""How does an agency say that it deleted what it got of a household that took its word back?

Our own part (the referral taken back, links and sheets closed, the agency told) is done at the withdrawal. Whether the
agency has deleted only the agency can say; until then it is not written down as stopped.
"""

from __future__ import annotations

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Referral
from service.errors import NotNow
from service.handoff.queries.deletions import CONFIRMED, held_with_referral
from service.handoff.thread import note_from_agency


class NothingToDelete(NotNow):
    """The household did not take its word back, or nothing went out with this referral."""


def confirm_deletion(session: Session, referral: Referral, told: Told) -> None:
    """`told.actor` is the referral's agency; said twice is said once. Raises NothingToDelete."""
    assert referral.id is not None
    held = held_with_referral(session, referral.id)
    if held is None:
        raise NothingToDelete(
            f"Persetujuan keluarga pada rujukan {referral.number} tidak ditarik; tidak ada yang perlu dihapus."
        )
    if held.confirmed_at is None:
        note_from_agency(session, referral.id, CONFIRMED, told)

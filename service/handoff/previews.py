"""What will a letter look like before it is signed? The same values and renderer, without number and code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.tables import Cycle, ReferralBatch
from service.errors import NotFound, NotNow
from service.handoff.queries import letters as queries
from service.handoff.queries.work import hops_of_batch
from service.handoff.sheets import Frame, cover_values, sheet_values
from service.letters import letter_frame
from service.policy import CyclePolicy
from service.trust.sealing import Sealer


class NoDraft(NotNow):
    """The letter is signed, so there is no draft of it any more; or nothing is left in it."""


def cover_draft(session: Session, batch: ReferralBatch, home: Path, address: str) -> dict[str, Any]:
    """Values of the cover letter as it would be signed today; render them outside the transaction.

    Raises:
        NoDraft
    """
    listed = queries.sheets(session, _drafted(session, batch))
    decrees = queries.decree_letters(session, [sheet.referral.case_id for sheet in listed])
    decree = min(decrees.values(), key=lambda letter: letter.id or 0, default=None)
    return cover_values(listed, _frame(session, batch, home, address, None), decree)


def sheet_draft(
    session: Session, batch: ReferralBatch, number: str, home: Path, address: str, sealer: Sealer
) -> dict[str, Any]:
    """The same of one household's sheet.

    Raises:
        NoDraft, NotFound
    """
    listed = queries.sheets(session, _drafted(session, batch))
    sheet = next((one for one in listed if one.referral.number == number), None)
    if sheet is None:
        raise NotFound(f"Rujukan {number} tidak ada dalam konsep berkas {batch.number}.")
    return sheet_values(sheet, _frame(session, batch, home, address, sealer), None)


def _drafted(session: Session, batch: ReferralBatch) -> list[int]:
    assert batch.id is not None
    hops = [hop.id for hop in hops_of_batch(session, batch.id, "drafted")]
    if batch.state != "drafted" or not hops:
        raise NoDraft(f"Berkas {batch.number} tidak mempunyai konsep lagi.", status=batch.state, event="preview")
    return hops


def _frame(session: Session, batch: ReferralBatch, home: Path, address: str, sealer: Sealer | None) -> Frame:
    cycle = session.get_one(Cycle, batch.cycle_id)
    policy = CyclePolicy.model_validate(cycle.policy)
    frame = letter_frame(policy.letterhead, public_url=address, home=home, synthetic=clock.is_demo_home(home))
    return Frame(frame, policy, cycle.year, sealer, clock.today(home))

"""How do a signed decree and its version for publication become letters, and a proposal a draft to publish?

PDFs are made outside any transaction; a second run finds what the first has kept and writes only what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import letters
from service.clock import WIB, is_demo_home
from service.db.tables import Cycle, Decree
from service.letters.apart import render_apart
from service.policy import CyclePolicy
from service.selection import decree as decrees
from service.selection import queries
from service.stage import Work
from service.trust.sealing import Sealer

_COLUMNS = {"decree": "letter_id", "decree_public": "public_letter_id"}
_ABOUT = {"decree": "Penetapan penerima bantuan UEP", "decree_public": "Penetapan penerima bantuan UEP, untuk publikasi,"}


def write_papers(work: Work, sealer: Sealer, decree_id: int) -> None:
    """Render and keep what an approved version has no letter of yet; its number was taken at approval."""
    with work.database.read() as session:
        cycle, decree = session.get_one(Cycle, work.cycle_id), session.get_one(Decree, decree_id)
        kinds = [kind for kind, column in _COLUMNS.items() if getattr(decree, column) is None]
        values = {kind: _values(session, kind, cycle, decree, sealer) for kind in kinds}
    frame = _frame(cycle, work.home, work.public_url)
    for kind in kinds:
        code = letters.new_code()
        signed = {"number": decree.number, "dated_on": _dated_on(decree), "code": code}
        pdf = render_apart(kind, {**frame, **values[kind], **signed})
        with work.database.write() as session:
            _keep(
                session, work.home, kind, session.get_one(Cycle, work.cycle_id), session.get_one(Decree, decree_id), code, pdf
            )


def draft_values(session: Session, cycle: Cycle, decree: Decree, home: Path, public_url: str) -> dict[str, Any]:
    """What the public version is given before anything is signed: no number, no code; for `letters.render`."""
    values = _values(session, "decree_public", cycle, decree, None)
    until = {"until": decree.objections_until} if decree.objections_until else {}
    return {**_frame(cycle, home, public_url), **values, **until, "dated_on": decree.proposed_at.astimezone(WIB).date()}


def _values(session: Session, kind: str, cycle: Cycle, decree: Decree, sealer: Sealer | None) -> dict[str, Any]:
    assert cycle.id is not None
    assert decree.id is not None
    before = [one for one in queries.decrees(session, cycle.id) if one.state == "approved"]
    amends = next((one for one in before if one.version < decree.version), None)
    listed = queries.households_on_decree(session, decree.id)
    if kind == "decree_public" or sealer is None:
        return decrees.public_values(cycle, decree, amends, listed)
    return decrees.letter_values(cycle, decree, amends, listed, queries.reserves_left(session, cycle.id), sealer)


def _frame(cycle: Cycle, home: Path, public_url: str) -> dict[str, Any]:
    head = CyclePolicy.model_validate(cycle.policy).letterhead
    return letters.letter_frame(head, public_url=public_url, home=home, synthetic=is_demo_home(home))


def _dated_on(decree: Decree) -> Any:
    assert decree.decided_at is not None
    return decree.decided_at.astimezone(WIB).date()


def _keep(session: Session, home: Path, kind: str, cycle: Cycle, decree: Decree, code: str, pdf: bytes) -> None:
    if getattr(decree, _COLUMNS[kind]) is not None or decree.decided_at is None or cycle.id is None:
        return
    head, dated_on = CyclePolicy.model_validate(cycle.policy).letterhead, _dated_on(decree)
    is_booked = kind == "decree"
    letter = letters.store_letter(
        session, home, kind=kind, cycle_id=cycle.id, subject_key=decrees.subject_key(cycle, decree, kind), pdf=pdf, code=code,
        about=f"{_ABOUT[kind]} tahun {cycle.year} (versi {decree.version})", dated_on=dated_on,
        signer_name=head.signer_name, signer_post=head.signer_post, now=decree.decided_at, number=decree.number,
        year=dated_on.year, book="decree" if is_booked else None, seq=decree.seq if is_booked else None,
    )  # fmt: skip
    setattr(decree, _COLUMNS[kind], letter.id)

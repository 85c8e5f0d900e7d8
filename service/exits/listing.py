"""How do proven households come onto an exit list, into the aid ledger, and nobody twice?

The file and its cover memo are made first; one short transaction then writes the list, its entries, the ledger and the
letter, if everybody in the file is still due and both numbers are still free. Who was overtaken begins again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service import clock
from service.clock import WIB
from service.db.decrees import hold_cycle
from service.db.session import Database
from service.db.tables import Cycle, ExitList
from service.errors import NotNow, TryAgainLater
from service.exits import files, queries
from service.exits.rights import require_province
from service.letters import keep_file, letter_frame, new_code, render, store_letter, take_number
from service.policy import CyclePolicy
from service.regions import name_of
from service.trust.homes import House
from service.trust.rights import Officer, require

BOOK = KIND = "exit"
PROGRAMME, SOURCE = "UEP", "province"
ATTEMPTS = 5
ABANDONED_AFTER = timedelta(hours=1)


class NobodyDue(NotNow):
    """Every proven household of the cycle stands on a list already."""


class Overtaken(TryAgainLater):
    """Somebody else made lists at the same time, again and again."""


@dataclass(frozen=True)
class Made:
    """A list as it was made; `sha256` of its CSV."""

    number: str
    households: int
    sha256: str
    letter_number: str


@dataclass(frozen=True)
class _Draft:
    """Everything a list is made of, before it is written down. `rows`: of `queries.due_rows`; places within the home."""

    number: str
    rows: Sequence[Any]
    sha256: str
    file: str
    letter_seq: int
    letter_number: str
    code: str
    pdf: bytes
    letter_file: str
    dated_on: date


def make_list(house: House, officer: Officer, cycle: Cycle) -> Made:
    """One list of everybody of the cycle whose goods are proven and who is on no list.

    Raises:
        NoRight, OutsideRegion: the list is the province's.
        NobodyDue, Overtaken
    """
    require(officer, "exit.make")
    require_province(officer)
    _sweep(house)
    for _ in range(ATTEMPTS):
        draft = _draft(house, cycle)
        written = False
        try:
            written = _write_down(house.database, house.home, cycle, draft, officer, clock.now(house.home))
        finally:
            if not written:
                files.forget(house.home, (draft.file, draft.letter_file))
        if written:
            return Made(draft.number, len(draft.rows), draft.sha256, draft.letter_number)
    raise Overtaken("Daftar keluar lain sedang dibuat. Coba lagi sebentar.")


def _sweep(house: House) -> None:
    """Files of makers that were killed an hour ago or longer."""
    with house.database.read() as session:
        files.sweep(house.home, queries.files_named(session), (clock.wall() - ABANDONED_AFTER).timestamp())


def _draft(house: House, cycle: Cycle) -> _Draft:
    assert cycle.id is not None
    today = clock.today(house.home)
    with house.database.read() as session:
        rows = queries.due_rows(session, cycle.id)
        made, letters = queries.lists_made(session, cycle.id), queries.last_in_book(session, BOOK, today.year)
    if not rows:
        raise NobodyDue(f"Tidak ada keluarga siklus {cycle.year} yang menunggu daftar keluar.")
    number, code, numbers = f"KLR-{cycle.year}-{made + 1:02d}", new_code(), CyclePolicy.model_validate(cycle.policy).numbers
    letter = numbers.format.format(code=numbers.exit_code, seq=letters + 1, unit=numbers.unit, year=today.year)
    content = files.list_csv(number, rows, house.sealer)
    sha256 = files.hash_of(content)
    memo = _memo(house, cycle, number, rows, sha256) | {"number": letter, "code": code, "dated_on": today}
    pdf = render(KIND, memo)
    return _Draft(
        number, rows, sha256, files.keep(house.home, number, content, house.sealer), letters + 1, letter, code, pdf,
        keep_file(house.home, KIND, today.year, code, pdf).file, today,
    )  # fmt: skip


def _memo(house: House, cycle: Cycle, number: str, rows: Sequence[Any], sha256: str) -> dict[str, Any]:
    """What `templates/letters/exit.typ` is given besides number, code and day; counts only, nobody's name."""
    policy = CyclePolicy.model_validate(cycle.policy)
    frame = letter_frame(
        policy.letterhead, public_url=house.settings.address, home=house.home, synthetic=clock.is_demo_home(house.home)
    )
    regencies = sorted(Counter(row.regency_code for row in rows).items())
    return {
        **frame, "list_number": number, "cycle_year": cycle.year, "households": len(rows),
        "programmes": ", ".join(sorted({row.programme for row in rows})),
        "decrees": ", ".join(sorted({row.decree for row in rows if row.decree})),
        "hash": " ".join(sha256[at : at + 8] for at in range(0, 64, 8)),
        "regencies": [{"name": name_of(code), "households": count} for code, count in regencies],
    }  # fmt: skip


def _write_down(database: Database, home: Path, cycle: Cycle, draft: _Draft, officer: Officer, now: datetime) -> bool:
    """All of it in one transaction; False when somebody else was faster, and then nothing of it."""
    try:
        with database.write() as session:
            _write(session, home, cycle, draft, officer, now)
    except _TooLate:
        return False
    return True


class _TooLate(Exception):
    """A number was taken, or somebody listed, since the draft was made."""


def _write(session: Session, home: Path, cycle: Cycle, draft: _Draft, officer: Officer, now: datetime) -> None:
    assert cycle.id is not None
    hold_cycle(session, cycle.id)
    numbers, year = CyclePolicy.model_validate(cycle.policy).numbers, draft.dated_on.year
    cases = [row.case_id for row in draft.rows]
    taken, _ = take_number(session, BOOK, year, numbers, numbers.exit_code)
    is_free = draft.number == f"KLR-{cycle.year}-{queries.lists_made(session, cycle.id) + 1:02d}"
    if taken != draft.letter_seq or not is_free or not queries.due_cases(session, cycle.id).issuperset(cases):
        raise _TooLate
    made = ExitList(
        number=draft.number, cycle_id=cycle.id, households=len(cases), file=draft.file, sha256=draft.sha256,
        made_by=officer.actor, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    assert made.id is not None
    queries.write_entries(session, made.id, cases)
    queries.write_receipts(session, [_receipt(row, cycle.year, now) for row in draft.rows])
    _store_memo(session, home, cycle, draft, now)


def _store_memo(session: Session, home: Path, cycle: Cycle, draft: _Draft, now: datetime) -> None:
    head = CyclePolicy.model_validate(cycle.policy).letterhead
    assert cycle.id is not None
    store_letter(
        session, home, kind=KIND, cycle_id=cycle.id, subject_key=f"exit:{draft.number}", pdf=draft.pdf, code=draft.code,
        about=f"Daftar keluar {draft.number}", dated_on=draft.dated_on, signer_name=head.signer_name,
        signer_post=head.signer_post, now=now, number=draft.letter_number, book=BOOK, year=draft.dated_on.year,
        seq=draft.letter_seq,
    )  # fmt: skip


def _receipt(row: Any, year: int, now: datetime) -> dict[str, Any]:
    """A line of the aid ledger."""
    return {
        "nik_lookup": row.nik_lookup, "kk_lookup": row.kk_lookup, "programme": PROGRAMME, "source": SOURCE, "year": year,
        "what": row.package, "amount": row.price, "received_on": (row.reported_at or row.verified_at).astimezone(WIB).date(),
        "recorded_at": now,
    }  # fmt: skip

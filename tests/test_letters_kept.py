"""Are letters numbered without gaps, kept unchanged, and found again without telling anything personal?"""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from letter_samples import sheet
from sqlmodel import Session

from service.db.session import Database
from service.db.tables import (
    Case,
    Cycle,
    Decree,
    Household,
    Letter,
    NumberBook,
    Order,
    Partner,
    Referral,
    ReferralBatch,
    RegistryFile,
)
from service.errors import NotFound
from service.letters import (
    LetterFileGone,
    check_letter,
    keep_file,
    letter_file,
    new_code,
    render,
    store_letter,
    take_number,
)
from service.policy import CyclePolicy, LetterNumbers

NOW = datetime(2021, 11, 24, 3, 0, tzinfo=UTC)
NUMBERS = LetterNumbers()


def test_numbers_of_a_book_begin_at_one_and_each_book_and_year_counts_for_itself(database: Database) -> None:
    with database.write() as session:
        assert take_number(session, "referral", 2021, NUMBERS, "400.9.14.6") == (1, "400.9.14.6/0001-DINSOS/2021")
        assert take_number(session, "referral", 2021, NUMBERS, "400.9.14.6") == (2, "400.9.14.6/0002-DINSOS/2021")
        assert take_number(session, "order", 2021, NUMBERS, "000.3.2")[0] == 1
        assert take_number(session, "referral", 2022, NUMBERS, "400.9.14.6")[0] == 1


def test_many_signers_at_once_leave_no_gap_and_no_double(database: Database) -> None:
    start = threading.Barrier(8)

    def sign(_signer: int) -> list[int]:
        start.wait()
        taken = []
        for _ in range(10):
            with database.write() as session:
                taken.append(take_number(session, "referral", 2021, NUMBERS, "400")[0])
        return taken

    with ThreadPoolExecutor(8) as pool:
        numbers = [seq for taken in pool.map(sign, range(8)) for seq in taken]
    assert sorted(numbers) == list(range(1, 81))


class Stumbled(Exception):
    pass


def test_a_rollback_gives_the_number_back(database: Database) -> None:
    with database.write() as session:
        take_number(session, "referral", 2021, NUMBERS, "400")
    with contextlib.suppress(Stumbled), database.write() as session:
        assert take_number(session, "referral", 2021, NUMBERS, "400")[0] == 2
        raise Stumbled
    with database.write() as session:
        assert take_number(session, "referral", 2021, NUMBERS, "400")[0] == 2


def test_signers_of_whom_half_stumble_still_leave_no_gap(database: Database) -> None:
    def sign(turn: int) -> int:
        try:
            with database.write() as session:
                seq, _ = take_number(session, "referral", 2021, NUMBERS, "400")
                if turn % 2:
                    raise Stumbled
                return seq
        except Stumbled:
            return 0

    with ThreadPoolExecutor(6) as pool:
        kept = [seq for seq in pool.map(sign, range(60)) if seq]
    assert sorted(kept) == list(range(1, 31))
    with database.read() as session:
        book = session.get(NumberBook, ("referral", 2021))
        assert book is not None
        assert book.last_seq == 30


def keep(session: Session, home: Path, code: str, **more: Any) -> Letter:
    cycle = Cycle(year=2021, policy=CyclePolicy().model_dump(mode="json"), policy_hash="x", seed=1, opened_by="user:a",
                  status="open", status_since=NOW)  # fmt: skip
    session.add(cycle)
    session.flush()
    assert cycle.id is not None
    told: dict[str, Any] = {
        "kind": "referral_sheet", "cycle_id": cycle.id, "subject_key": "referral:RJK-2021-00001",
        "pdf": render("referral_sheet", sheet(code=code)), "code": code, "about": "Lembar rujukan RJK-2021-00001",
        "dated_on": date(2021, 11, 24), "signer_name": "Contoh Pejabat", "signer_post": "Kepala Dinas Sosial",
        "number": "400.9.14.6/0001-DINSOS/2021", "now": NOW,
    }  # fmt: skip
    return store_letter(session, home, **(told | more))


def test_codes_cannot_be_guessed() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 32 and code.isalnum() and code.lower() == code for code in codes)


def test_a_kept_letter_is_found_by_its_code_and_says_nothing_personal(database: Database, home: Path) -> None:
    code = new_code()
    with database.write() as session:
        letter = keep(session, home, code)
        assert letter.id
        assert letter.file == f"letters/2021/referral_sheet/{code}.pdf"
    with database.read() as session:
        found = check_letter(session, home, f" {code.upper()} ")
        assert letter_file(session, home, code).read_bytes().startswith(b"%PDF")
    assert (found.number, found.dated_on, found.kind_label) == (
        "400.9.14.6/0001-DINSOS/2021", date(2021, 11, 24), "Lembar rujukan",
    )  # fmt: skip
    assert found.file_intact
    assert not found.signed_electronically
    assert found.status_label == "Tidak diketahui"
    values = sheet()
    for personal in ("name", "nik", "address", "village", "product"):
        assert str(values[personal]) not in repr(found)


def test_a_check_shows_how_the_matter_stands_today(database: Database, home: Path) -> None:
    with database.write() as session:
        letter = keep(session, home, new_code())
        session.add_all(standing(session, letter.cycle_id))
    shown = {}
    for key in ("decree:2021/1", "order:PSN-2021-0001", "batch:BTC-2021-0001", "referral:RJK-2021-00001", "decree:x", "y:1"):
        with database.write() as session:
            session.merge(Letter(**(letter.model_dump() | {"subject_key": key})))
        with database.read() as session:
            shown[key] = check_letter(session, home, letter.code).status_label
    assert shown == {
        "decree:2021/1": "Ditetapkan",
        "order:PSN-2021-0001": "Dipesan",
        "batch:BTC-2021-0001": "Dikirim: 1 diterima instansi",
        "referral:RJK-2021-00001": "Diterima instansi",
        "decree:x": "Tidak diketahui",
        "y:1": "Tidak diketahui",
    }


def standing(session: Session, cycle_id: int) -> list[Any]:
    """A decree, an order, a batch and a referral at known statuses (rows only: the moves are other rooms' tests)."""
    since = {"status_since": NOW}
    partner = Partner(sender="p", kind="agency", name="Dinas", secret_sealed="x", made_at=NOW)
    file = RegistryFile(sha256="x", name="x", rows=1, added=1, updated=0, unchanged=0, rejected=0, duplicates=0,
                        imported_by="user:a", imported_at=NOW)  # fmt: skip
    session.add_all([partner, file])
    session.flush()
    assert file.id
    household = Household(
        nik_sealed="x", nik_lookup="x", kk_sealed="x", kk_lookup="x", name="Siti", birth_place="x", birth_on=date(1985, 1, 1),
        sex="P", address="x", rt="1", rw="1", village_code="36.01.01.2001", district_code="36.01.01", regency_code="36.01",
        programme="JAMSOSRATU", content_hash="x", file_id=file.id, added_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(household)
    session.flush()
    assert household.id
    assert partner.id
    case = Case(cycle_id=cycle_id, household_id=household.id, regency_code="36.01", district_code="36.01.01",
                status="referred", **since)  # fmt: skip
    batch = ReferralBatch(number="BTC-2021-0001", cycle_id=cycle_id, agency_id=partner.id, state="sent", drafted_by="flow:x",
                          drafted_at=NOW)  # fmt: skip
    session.add_all([case, batch])
    session.flush()
    return [
        Decree(cycle_id=cycle_id, version=1, state="approved", list_hash="x", households=1, proposed_by="a", proposed_at=NOW),
        Order(number="PSN-2021-0001", cycle_id=cycle_id, supplier_id=partner.id, district_code="36.01.01", status="placed",
              amount=1, contract_form="SPK", drafted_by="flow:procurement", **since),
        Referral(number="RJK-2021-00001", cycle_id=cycle_id, case_id=case.id or 0, agency_id=partner.id, batch_id=batch.id or 0,
                 why_agency="x", status="acknowledged", **since),
    ]  # fmt: skip


def test_a_changed_or_lost_file_is_noticed(database: Database, home: Path) -> None:
    code = new_code()
    with database.write() as session:
        letter = keep(session, home, code)
    (home / letter.file).write_bytes(b"%PDF changed")
    with database.read() as session:
        assert not check_letter(session, home, code).file_intact
        (home / letter.file).unlink()
        assert not check_letter(session, home, code).file_intact
        with pytest.raises(LetterFileGone):
            letter_file(session, home, code)


def test_an_unknown_code_is_not_found(database: Database, home: Path) -> None:
    with database.read() as session, pytest.raises(NotFound):
        check_letter(session, home, new_code())


def test_a_file_is_kept_once_and_no_draft_stays(home: Path) -> None:
    code = new_code()
    place = keep_file(home, "referral", 2021, code, b"%PDF one").file
    written = (home / place).stat().st_mtime_ns
    assert keep_file(home, "referral", 2021, code, b"%PDF one").file == place
    assert (home / place).stat().st_mtime_ns == written
    assert [path.name for path in (home / place).parent.iterdir()] == [f"{code}.pdf"]

"""Does everybody whose goods are proven leave the cash programme once, with a file both sides can compare?"""

import csv
import io
import os
import threading
from dataclasses import replace

import pytest
from factories import NOW, SEALER, make_cycle, make_officer, make_parcel_at_point, told_by
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.clock import WIB
from service.db.history import Told, record_move
from service.db.tables import (
    AccessRecord,
    AidReceipt,
    Case,
    ExitEntry,
    ExitList,
    Household,
    Letter,
    NumberBook,
    Parcel,
)
from service.errors import NotAllowed
from service.exits import files, queries
from service.exits.decisions import (
    HashDiffers,
    NoSuchList,
    NotAtThisPoint,
    WordMissing,
    acknowledge,
    hand_out,
    is_same,
    send_back,
)
from service.exits.files import HEADER, ListFileChanged
from service.exits.listing import NobodyDue, make_list
from service.letters import check_letter
from service.lifecycle import Subject
from service.trust.accounts import add_user, officer_by_login
from service.trust.homes import House
from service.trust.rights import NoRight, OutsideRegion


class Year:
    """A home with a cycle and an operator of the province who has an account."""

    def __init__(self, house: House) -> None:
        self.house = replace(house, sealer=SEALER)
        with house.database.write() as session:
            add_user(session, "petugas", "Petugas Contoh", ["operator"])
            self.cycle = make_cycle(session)
            self.operator = officer_by_login(session, "petugas")

    def proven(self, count: int = 1, **household) -> list[Parcel]:
        """Households whose goods are proven, along the real moves."""
        with self.house.database.write() as session:
            made = [make_parcel_at_point(session, self.cycle.id, **household) for _ in range(count)]
            for parcel in made:
                told = Told("flow:test", NOW)
                record_move(session, Subject.PARCEL, parcel.id, "handed_over", told, reported_at=NOW)
                record_move(session, Subject.PARCEL, parcel.id, "verified", told)
                record_move(session, Subject.CASE, parcel.case_id, "delivered", told)
                record_move(session, Subject.CASE, parcel.case_id, "handover_verified", told)
        return made

    def make(self):
        return make_list(self.house, self.operator, self.cycle)

    def acknowledge(self, number: str, sha256: str, by: str = "Ibu Contoh, Bidang Linjamsos", note: str = ""):
        with self.house.database.write() as session:
            return acknowledge(session, self.operator, number, sha256, by, note, told_by(self.operator))

    def send_back(self, number: str, household: int, reason: str):
        with self.house.database.write() as session:
            return send_back(session, self.operator, number, household, reason, told_by(self.operator))

    def all(self, table):
        with self.house.database.read() as session:
            return list(session.exec(select(table).order_by(*table.__table__.primary_key)))

    def one(self, number: str) -> ExitList:
        return next(row for row in self.all(ExitList) if row.number == number)

    def kept_files(self) -> list[str]:
        return sorted(p.name for p in (self.house.home / "exports").rglob("*") if p.is_file())


@pytest.fixture
def year(house) -> Year:
    return Year(house)


# -- making ---------------------------------------------------------------------------------------------------------


def test_everybody_proven_goes_on_one_list_and_into_the_ledger(year):
    parcels = year.proven(3)
    made = year.make()
    assert (made.number, made.households) == ("KLR-2021-01", 3)
    assert {entry.case_id for entry in year.all(ExitEntry)} == {parcel.case_id for parcel in parcels}
    receipts = year.all(AidReceipt)
    assert {(r.programme, r.source, r.year, r.what, r.amount) for r in receipts} == {
        ("UEP", "province", 2021, "Paket WRG", 2_500_000)
    }
    assert {r.received_on for r in receipts} == {NOW.astimezone(WIB).date()}
    assert {r.nik_lookup for r in receipts} == {household.nik_lookup for household in year.all(Household)}


def test_the_file_says_who_with_every_digit_and_the_kept_one_says_nothing(year):
    year.proven(2)
    made = year.make()
    content = hand_out(year.house, year.operator, made.number)
    header, first, second = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert tuple(header) == HEADER
    told = dict(zip(header, first, strict=True))
    assert (told["nomor_daftar"], told["urut"], told["program"]) == ("KLR-2021-01", "1", "JAMSOSRATU")
    assert (told["kecamatan"], told["kabupaten_kota"]) == ("Sumur", "Kabupaten Pandeglang")
    assert (told["tanggal_serah_terima"], told["paket"]) == ("2021-06-01", "Paket WRG")
    niks = {SEALER.unseal("nik", household.nik_sealed) for household in year.all(Household)}
    assert {first[2], second[2]} == niks
    assert all(len(nik) == 16 for nik in niks)
    (kept,) = (year.house.home / "exports").rglob("*.sealed")
    assert oct(kept.stat().st_mode)[-3:] == "600"
    assert not any(nik in kept.read_text() for nik in niks)
    assert files.hash_of(content) == made.sha256 == year.one(made.number).sha256


def test_the_spreadsheet_has_the_same_rows_as_text(year, tmp_path):
    year.proven(2)
    content = hand_out(year.house, year.operator, year.make().number)
    (tmp_path / "a.xlsx").write_bytes(files.list_xlsx(content))
    rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert rows == list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert files.list_xlsx(content) == files.list_xlsx(content)


def test_the_same_households_give_the_same_bytes(year):
    year.proven(3)
    with year.house.database.read() as session:
        rows = queries.due_rows(session, year.cycle.id)
        again = queries.due_rows(session, year.cycle.id)
    assert files.list_csv("KLR-2021-01", rows, SEALER) == files.list_csv("KLR-2021-01", again, SEALER)


def test_a_second_run_finds_nobody_and_writes_nothing(year):
    year.proven(2)
    year.make()
    with pytest.raises(NobodyDue, match="Tidak ada keluarga siklus 2021"):
        year.make()
    assert (len(year.all(ExitList)), len(year.all(ExitEntry)), len(year.all(AidReceipt))) == (1, 2, 2)
    assert len(year.kept_files()) == 1


def test_who_is_proven_later_goes_on_the_next_list(year):
    year.proven(2)
    year.make()
    (late,) = year.proven(1)
    made = year.make()
    assert (made.number, made.households) == ("KLR-2021-02", 1)
    assert made.letter_number.startswith("400.9.11.3/0002-DINSOS/")
    with year.house.database.read() as session:
        assert queries.list_of_case(session, late.case_id).number == "KLR-2021-02"


def test_goods_that_are_only_reported_do_not_end_anybodys_cash_aid(year):
    with year.house.database.write() as session:
        parcel = make_parcel_at_point(session, year.cycle.id)
        record_move(session, Subject.PARCEL, parcel.id, "handed_over", Told("flow:test", NOW), reported_at=NOW)
        record_move(session, Subject.CASE, parcel.case_id, "delivered", Told("flow:test", NOW))
    with pytest.raises(NobodyDue):
        year.make()


def test_who_withdraws_after_the_goods_are_proven_still_leaves(year):
    (parcel,) = year.proven(1)
    with year.house.database.write() as session:
        record_move(session, Subject.CASE, parcel.case_id, "withdrew", Told("user:petugas", NOW))
    assert year.make().households == 1


def test_two_who_make_a_list_at_once_make_one(year):
    year.proven(40)
    outcomes, gate = [], threading.Barrier(4)

    def run() -> None:
        gate.wait()
        try:
            outcomes.append(year.make().number)
        except NobodyDue:
            outcomes.append("nobody")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["KLR-2021-01", "nobody", "nobody", "nobody"]
    assert (len(year.all(ExitList)), len(year.all(ExitEntry)), len(year.all(AidReceipt))) == (1, 40, 40)
    assert [book.last_seq for book in year.all(NumberBook) if book.book == "exit"] == [1]
    assert len(year.kept_files()) == 1
    assert len(list((year.house.home / "letters").rglob("*.pdf"))) == 1


def test_a_list_that_cannot_be_written_leaves_no_number_no_file_and_no_ledger(year, monkeypatch):
    year.proven(2)

    def broken(*_args, **_values) -> None:
        raise OSError("disk")

    monkeypatch.setattr("service.exits.queries.write_receipts", broken)
    with pytest.raises(OSError, match="disk"):
        year.make()
    assert (year.all(ExitList), year.all(ExitEntry), year.all(AidReceipt), year.all(Letter)) == ([], [], [], [])
    assert [book for book in year.all(NumberBook) if book.book == "exit"] == []
    assert year.kept_files() == []
    monkeypatch.undo()
    assert year.make().letter_number.startswith("400.9.11.3/0001-")


def test_what_a_killed_maker_left_is_removed_later_and_nothing_else(year):
    year.proven(1)
    number = year.make().number
    left = {name: year.house.home / files.keep(year.house.home, name, b"x", SEALER) for name in ("LAMA", "BARU")}
    long_ago = left["LAMA"].stat().st_mtime - 2 * 3600
    for path in (left["LAMA"], *year.house.home.glob(f"exports/exits/{number}*")):
        os.utime(path, (long_ago, long_ago))
    year.proven(1)
    year.make()
    assert (left["LAMA"].exists(), left["BARU"].exists()) == (False, True)
    assert hand_out(year.house, year.operator, number)


def test_the_ledgers_line_from_a_file_is_completed_and_one_of_the_centre_is_left(year):
    ours, theirs = year.proven(2)
    with year.house.database.write() as session:
        for parcel, source in ((ours, "province"), (theirs, "central")):
            person = session.get_one(Household, session.get_one(Case, parcel.case_id).household_id)
            session.add(AidReceipt(nik_lookup=person.nik_lookup, programme="UEP", source=source, year=2021, recorded_at=NOW))
    year.make()
    assert {(r.source, r.what, r.amount) for r in year.all(AidReceipt)} == {
        ("province", "Paket WRG", 2_500_000), ("central", None, None)
    }  # fmt: skip


def test_the_memo_carries_number_count_and_hash_and_can_be_checked(year):
    year.proven(2)
    made = year.make()
    (letter,) = year.all(Letter)
    assert (letter.kind, letter.number, letter.subject_key) == ("exit", made.letter_number, "exit:KLR-2021-01")
    with year.house.database.read() as session:
        checked = check_letter(session, year.house.home, letter.code)
        assert (checked.status_label, checked.file_intact) == ("Dibuat", True)
    hand_out(year.house, year.operator, made.number)
    with year.house.database.read() as session:
        assert check_letter(session, year.house.home, letter.code).status_label == "Diserahkan"


# -- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("officer", "refusal"),
    [(make_officer("verifier"), NoRight), (make_officer("operator", regencies=("36.01",)), OutsideRegion)],
)
def test_only_an_operator_of_the_province_makes_takes_and_closes_a_list(year, officer, refusal):
    year.proven(1)
    with pytest.raises(refusal):
        make_list(year.house, officer, year.cycle)
    number = year.make().number
    with pytest.raises(refusal):
        hand_out(year.house, officer, number)
    for decide in (
        lambda session: acknowledge(session, officer, number, "0" * 64, "siapa", "", told_by(officer)),
        lambda session: send_back(session, officer, number, 1, "sudah keluar", told_by(officer)),
    ):
        with year.house.database.write() as session, pytest.raises(NotAllowed):
            decide(session)
    assert year.one(number).state == "made"


# -- after it is made -----------------------------------------------------------------------------------------------


def test_whoever_takes_the_file_is_in_the_access_log_of_every_household(year):
    year.proven(3)
    made = year.make()
    assert year.one(made.number).state == "made"
    hand_out(year.house, year.operator, made.number)
    first_sent = year.one(made.number).sent_at
    assert (year.one(made.number).state, first_sent is None) == ("sent", False)
    hand_out(year.house, year.operator, made.number)
    records = year.all(AccessRecord)
    assert len(records) == 6
    assert {record.household_id for record in records} == {household.id for household in year.all(Household)}
    assert {(r.user_id, r.field, r.reason) for r in records} == {(year.operator.id, "nik", "Daftar keluar KLR-2021-01 diambil")}
    assert year.one(made.number).sent_at == first_sent


def test_a_file_that_was_changed_or_lost_is_not_handed_out(year):
    year.proven(1)
    number = year.make().number
    (kept,) = (year.house.home / "exports").rglob("*.sealed")
    kept.write_text(SEALER.seal("exit_list", "isi lain"))
    with pytest.raises(ListFileChanged, match="berubah sejak dibuat"):
        hand_out(year.house, year.operator, number)
    kept.unlink()
    with pytest.raises(ListFileChanged, match="tidak dapat dibuka"):
        hand_out(year.house, year.operator, number)
    assert (year.one(number).state, year.all(AccessRecord)) == ("made", [])


def test_the_cash_programme_acknowledges_by_the_hash_of_what_it_has(year):
    year.proven(1)
    made = year.make()
    with pytest.raises(NotAtThisPoint, match="belum diambil"):
        year.acknowledge(made.number, made.sha256)
    hand_out(year.house, year.operator, made.number)
    with pytest.raises(HashDiffers):
        year.acknowledge(made.number, "0" * 64)
    with pytest.raises(WordMissing):
        year.acknowledge(made.number, made.sha256, by=" ")
    assert year.one(made.number).state == "sent"
    year.acknowledge(made.number, made.sha256[:12].upper(), note="lengkap")
    row = year.one(made.number)
    assert (row.state, row.acknowledged_by) == ("acknowledged", "Ibu Contoh, Bidang Linjamsos")
    assert row.note.endswith("user:petugas: dinyatakan diterima: lengkap")
    with pytest.raises(NotAtThisPoint, match="sudah dinyatakan diterima"):
        year.acknowledge(made.number, made.sha256)


@pytest.mark.parametrize(
    ("told", "same"),
    [("ab" * 32, True), ("AB" * 32, True), (" abab abab abab ", True), ("ab" * 5, False), ("", False), ("ab" * 33, False),
     ("ba" * 32, False)],
)  # fmt: skip
def test_a_hash_is_compared_whole_or_by_its_first_twelve(told, same):
    assert is_same("ab" * 32, told) is same


def test_a_household_the_cash_programme_returns_is_noted_by_number_with_the_reason(year):
    year.proven(1)
    made = year.make()
    (household,) = year.all(Household)
    with pytest.raises(NotAtThisPoint):
        year.send_back(made.number, household.id, "sudah keluar tahun lalu")
    hand_out(year.house, year.operator, made.number)
    with pytest.raises(NoSuchList, match="Keluarga 999999 tidak ada"):
        year.send_back(made.number, 999_999, "sudah keluar tahun lalu")
    with pytest.raises(WordMissing):
        year.send_back(made.number, household.id, "x")
    year.send_back(made.number, household.id, "sudah keluar\ntahun lalu")
    year.acknowledge(made.number, made.sha256)
    first, second = year.one(made.number).note.splitlines()
    assert first.endswith(f"user:petugas: keluarga {household.id} dikembalikan program tunai: sudah keluar tahun lalu")
    assert second.endswith("dinyatakan diterima")


def test_an_unknown_list_is_named(year):
    with pytest.raises(NoSuchList, match="KLR-2021-09"):
        hand_out(year.house, year.operator, "KLR-2021-09")

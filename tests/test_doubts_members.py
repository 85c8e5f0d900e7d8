"""Do the members of family cards get in once, on the right household, with every fault named?"""

from datetime import date

import pytest
from factories import NOW, SEALER, make_household, make_officer, told_by
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.tables import DuplicatePair, EarlierFamilyCard, Member
from service.registry.doubts.members import import_members
from service.registry.doubts.nik import correct_nik
from service.registry.doubts.steps import find_duplicates
from service.registry.faults import FileRefused
from service.registry.sheets import MissingColumns

HEADER = ("No KK", "NIK", "Nama", "Tanggal Lahir", "Jenis Kelamin", "Hubungan")


def nik_of(number):
    return f"36010152068599{number:02}"


def kk_of(number):
    return f"36010112031090{number:02}"


def add(database, number, **fields):
    """A household with head `nik_of(number)` on card `kk_of(number)`."""
    with database.write() as session:
        return make_household(
            session, {"never": True}, kk=kk_of(number), nik_sealed=SEALER.seal("nik", nik_of(number)),
            nik_lookup=SEALER.lookup("nik", nik_of(number)), **{"name": f"Kepala {'abcdefgh'[number % 8] * 4}", **fields},
        ).id  # fmt: skip


def listed(number, of, name="Ani Contoh", born="2010-05-06", sex="P", relation="anak"):
    return (kk_of(of), nik_of(number), name, born, sex, relation)


def take(database, home, path, rows, header=HEADER):
    path.write_text("\n".join(";".join(row) for row in (header, *rows)) + "\n")
    result = import_members(database, home, SEALER, path, NOW)
    return (result.rows, result.added, result.updated, result.unchanged, result.rejected, result.duplicates), result.faults_file


def members(database):
    with database.read() as session:
        rows = session.exec(select(Member).order_by(Member.id)).all()
        return [(m.household_id, SEALER.unseal("nik", m.nik_sealed), m.name, m.birth_on, m.sex, m.relation) for m in rows]


def test_members_stand_on_the_household_of_their_card_sealed_and_the_same_file_adds_nothing(database, home, tmp_path):
    first, second = add(database, 1), add(database, 2)
    rows = [listed(1, 1, "Kepala"), listed(50, 1), listed(51, 2, "Budi Contoh", "06/05/2012", "L", "anak")]
    assert take(database, home, tmp_path / "a.csv", rows) == ((3, 2, 0, 1, 0, 0), None)
    expected = [
        (first, nik_of(50), "Ani Contoh", date(2010, 5, 6), "P", "anak"),
        (second, nik_of(51), "Budi Contoh", date(2012, 5, 6), "L", "anak"),
    ]
    assert members(database) == expected
    assert take(database, home, tmp_path / "a.csv", rows) == ((3, 0, 0, 3, 0, 0), None)
    assert members(database) == expected


def test_only_card_nik_and_name_are_needed_and_a_correction_is_taken_over(database, home, tmp_path):
    household = add(database, 1)
    short = [(kk_of(1), nik_of(50), "Ani")]
    assert take(database, home, tmp_path / "a.csv", short, HEADER[:3])[0] == (1, 1, 0, 0, 0, 0)
    assert take(database, home, tmp_path / "b.csv", [listed(50, 1)])[0] == (1, 0, 1, 0, 0, 0)
    assert members(database) == [(household, nik_of(50), "Ani Contoh", date(2010, 5, 6), "P", "anak")]
    with pytest.raises(MissingColumns, match="no_kk"):
        take(database, home, tmp_path / "c.csv", short, ("kartu", "nik", "nama"))


def test_an_earlier_card_still_leads_to_its_household_but_todays_owner_comes_first(database, home, tmp_path):
    moved, owner = add(database, 1), add(database, 2)
    with database.write() as session:
        for number in (2, 3):
            sealed, lookup = SEALER.seal("kk", kk_of(number)), SEALER.lookup("kk", kk_of(number))
            session.add(EarlierFamilyCard(household_id=moved, kk_sealed=sealed, kk_lookup=lookup, replaced_at=NOW))
    take(database, home, tmp_path / "a.csv", [listed(50, 3), listed(51, 2)])
    assert [row[:2] for row in members(database)] == [(moved, nik_of(50)), (owner, nik_of(51))]


def test_every_fault_is_told_by_row_and_cell(database, home, tmp_path):
    add(database, 1)
    rows = [listed(number, 1) for number in range(50, 56)] + [
        listed(60, 9), listed(50, 1, "Ani Lagi"), (kk_of(1)[:15], "36010132138599", "Ani 2", "31/02/2010", "X", ""),
    ]  # fmt: skip
    counts, faults = take(database, home, tmp_path / "a.csv", rows)
    assert counts == (9, 6, 0, 0, 2, 1)
    sheet = CalamineWorkbook.from_path(faults).get_sheet_by_index(0).to_python()
    told = "\n".join(row[0] for row in sheet[1:]).split("\n")
    assert told[:2] == [
        "Baris 8, kolom no_kk: nomor KK ini tidak ada pada rumah tangga yang terdaftar.",
        "Baris 9, kolom nik: NIK ini sudah ada di baris 2 berkas yang sama untuk keluarga ini.",
    ]
    assert [line.split(":")[0] for line in told[2:]] == [
        f"Baris 10, kolom {name}" for name in ("no_kk", "nik", "nama", "tanggal_lahir", "jenis_kelamin")
    ]


def test_a_file_half_of_unknown_cards_is_refused_whole(database, home, tmp_path):
    add(database, 1)
    with pytest.raises(FileRefused, match="dari 2 baris, 1 salah"):
        take(database, home, tmp_path / "a.csv", [listed(50, 1), listed(51, 7)])
    assert members(database) == []


def test_a_person_on_two_cards_or_head_of_another_becomes_a_pair(database, home, tmp_path):
    first, second, third = (add(database, number) for number in (1, 2, 3))
    take(database, home, tmp_path / "a.csv", [listed(50, 1), listed(50, 2), listed(3, 1, "Kepala ketiga"), listed(52, 3)])
    find_duplicates(database, NOW)
    with database.read() as session:
        pairs = session.exec(select(DuplicatePair).order_by(DuplicatePair.second_id)).all()
    assert [(p.first_id, p.second_id, p.kind) for p in pairs] == [
        (first, second, "shared_member"), (first, third, "shared_member"),
    ]  # fmt: skip


def test_the_head_under_a_nik_that_was_corrected_is_still_the_head(database, home, tmp_path):
    household = add(database, 1, nik_check="not_found")
    officer = make_officer("operator")
    with database.write() as session:
        correct_nik(session, officer, SEALER, household, nik_of(70), "KTP dilihat", told_by(officer, NOW))
    assert take(database, home, tmp_path / "a.csv", [listed(1, 1, "Kepala"), listed(70, 1, "Kepala")])[0] == (2, 0, 0, 2, 0, 0)
    assert members(database) == []

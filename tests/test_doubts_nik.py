"""Does a NIK nobody could match wait visibly until a person confirms or corrects it, and does nothing undo that?"""

import stat
import threading
from datetime import timedelta

import pytest
import xlsxwriter
from factories import NOW, SEALER, household_row, make_household, make_officer, told_by
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.tables import AccessRecord, Household, NikDecision
from service.db.unsettled import unsettled
from service.errors import NotFound
from service.registry.doubts import nik as steps
from service.registry.doubts.nik_files import (
    LIST_COLUMNS,
    NotAList,
    NothingToCheck,
    take_nik_result,
    write_nik_list,
)
from service.registry.doubts.queries import niks as queries
from service.registry.doubts.reasons import AlreadySettled, NoReason
from service.registry.faults import FileRefused
from service.trust.accounts import add_user
from service.trust.rights import NoRight, Officer, OutsideRegion

LATER = NOW + timedelta(days=3)
OPERATOR, VERIFIER = make_officer("operator"), make_officer("verifier")
RIGHT = "3601015206859977"


def nik_of(number):
    return f"36010152068599{number:02}"


def add(database, number, check="unchecked", since=NOW, **fields):
    """A household with NIK `nik_of(number)`."""
    nik = nik_of(number)
    with database.write() as session:
        return make_household(
            session, {"never": True}, nik_sealed=SEALER.seal("nik", nik), nik_lookup=SEALER.lookup("nik", nik), nik_check=check,
            nik_checked_at=None if check == "unchecked" else since, **fields,
        ).id  # fmt: skip


def got(database, household_id):
    with database.read() as session:
        return session.get_one(Household, household_id)


def decisions(database):
    with database.read() as session:
        return list(session.exec(select(NikDecision).order_by(NikDecision.id)))


def answer(path, rows, header=("NIK", "Hasil")):
    path.write_text("\n".join(";".join(row) for row in (header, *rows)) + "\n")
    return path


def take(database, home, path, at=NOW):
    result = take_nik_result(database, home, SEALER, path, at)
    return (result.rows, result.updated, result.unchanged, result.rejected, result.duplicates), result.faults_file


def reasons(faults_file):
    return [row[0] for row in CalamineWorkbook.from_path(faults_file).get_sheet_by_index(0).to_python()[1:]]


def confirm(database, officer, household_id, reason="KTP dilihat petugas", at=LATER):
    with database.write() as session:
        steps.confirm_nik(session, officer, household_id, reason, told_by(officer, at))


def correct(database, officer, household_id, nik=RIGHT, reason="KTP dilihat petugas", at=LATER):
    with database.write() as session:
        steps.correct_nik(session, officer, SEALER, household_id, nik, reason, told_by(officer, at))


@pytest.fixture
def keeper(database):
    """An officer with an account, as a record of access needs."""
    with database.write() as session:
        user = add_user(session, "petugas", "Petugas", ["operator"])
    return Officer(user.id, "petugas", "Petugas", ("operator",))


def test_the_list_for_the_office_holds_only_niks_not_asked_about_and_who_took_it_is_kept(database, home, keeper):
    first, second = add(database, 1, name="Siti Contoh"), add(database, 2, village="36.02.01.2001")
    add(database, 3, "found")
    target = home / "dukcapil.xlsx"
    assert write_nik_list(database, SEALER, keeper, target, None, "pemeriksaan NIK 2021", told_by(keeper, NOW)) == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    header, *rows = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()
    assert header == list(LIST_COLUMNS)
    assert rows[0] == [first, nik_of(1), "Siti Contoh", "Pandeglang", "1985-06-05", "P", "36.01.01.2001", ""]
    with database.read() as session:
        kept = [(r.user_id, r.household_id, r.field, r.reason, r.at) for r in session.exec(select(AccessRecord))]
    assert sorted(kept) == [(keeper.id, h, "nik", "pemeriksaan NIK 2021", NOW) for h in (first, second)]
    assert [path.name for path in home.iterdir()] == ["dukcapil.xlsx"]
    assert write_nik_list(database, SEALER, keeper, target, "36.02", "pemeriksaan NIK 2021", told_by(keeper, NOW)) == 1


def test_the_list_is_refused_without_right_region_reason_or_anything_to_ask(database, home, keeper):
    add(database, 1)
    target, told = home / "a.xlsx", told_by(keeper, NOW)
    elsewhere = Officer(keeper.id, "petugas", "Petugas", ("operator",), ("36.02",))
    for officer, path, regency, reason, error in (
        (make_officer("approver"), target, None, "pemeriksaan NIK", NoRight),
        (elsewhere, target, "36.01", "pemeriksaan NIK", OutsideRegion),
        (keeper, target, None, "", NoReason), (keeper, home / "a.csv", None, "pemeriksaan NIK", NotAList),
        (elsewhere, target, None, "pemeriksaan NIK", NothingToCheck),
    ):  # fmt: skip
        with pytest.raises(error):
            write_nik_list(database, SEALER, officer, path, regency, reason, told)
    assert list(home.iterdir()) == []
    with database.read() as session:
        assert session.exec(select(AccessRecord)).all() == []


def test_the_offices_words_are_read_however_they_are_written_and_the_same_answer_changes_nothing(database, home, tmp_path):
    ids = [add(database, number) for number in range(1, 6)]
    words = ("ditemukan", " TIDAK  DITEMUKAN", "Tidak_Ditemukan", "Berbeda ", "tidakditemukan")
    path = answer(tmp_path / "a.csv", [(nik_of(at), word) for at, word in enumerate(words, start=1)])
    assert take(database, home, path) == ((5, 5, 0, 0, 0), None)
    checks = ["found", "not_found", "not_found", "differs", "not_found"]
    assert [got(database, household).nik_check for household in ids] == checks
    assert take(database, home, path, LATER) == ((5, 0, 5, 0, 0), None)
    assert {got(database, household).nik_checked_at for household in ids} == {NOW}


def test_the_list_that_was_written_is_the_answer_once_it_is_filled_in(database, home, tmp_path, keeper):
    household = add(database, 1)
    write_nik_list(database, SEALER, keeper, tmp_path / "list.xlsx", None, "pemeriksaan NIK 2021", told_by(keeper, NOW))
    rows = CalamineWorkbook.from_path(tmp_path / "list.xlsx").get_sheet_by_index(0).to_python()
    with xlsxwriter.Workbook(str(tmp_path / "answer.xlsx")) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            page.write_row(line, 0, [*row[:-1], row[-1] or "Berbeda"])
    assert take(database, home, tmp_path / "answer.xlsx")[0] == (1, 1, 0, 0, 0)
    assert got(database, household).nik_check == "differs"


def test_faults_are_told_by_cell_and_a_half_faulty_answer_is_refused_whole(database, home, tmp_path):
    for number in range(1, 7):
        add(database, number, "not_found" if number == 6 else "unchecked")
    correct(database, OPERATOR, 6)
    rows = [(nik_of(n), "ditemukan") for n in range(1, 6)] + [
        (nik_of(1), "berbeda"), (nik_of(5), "entah"), (nik_of(90), "ditemukan"), (nik_of(6), "ditemukan"),
    ]  # fmt: skip
    counts, faults = take(database, home, answer(tmp_path / "a.csv", rows))
    assert counts == (9, 5, 0, 3, 1)
    assert reasons(faults) == [
        "Baris 7, kolom nik: NIK ini sudah ada di baris 2 berkas yang sama.",
        "Baris 8, kolom hasil: 'entah' tidak dikenal; tulis ditemukan, tidak ditemukan, atau berbeda.",
        "Baris 9, kolom nik: NIK ini tidak terdaftar.",
        "Baris 10, kolom nik: NIK ini sudah dikoreksi pada rumah tangga nomor 6; tanyakan NIK yang baru.",
    ]
    with pytest.raises(FileRefused, match="2 salah"):
        take(database, home, answer(tmp_path / "b.csv", [(nik_of(1), "berbeda"), (nik_of(91), "berbeda"), ("1", "berbeda")]))
    assert got(database, 1).nik_check == "found"


def test_what_a_person_confirmed_is_replaced_only_by_a_match_of_the_office_itself(database, home, tmp_path):
    household = add(database, 1, "confirmed")
    assert take(database, home, answer(tmp_path / "a.csv", [(nik_of(1), "tidak ditemukan")]))[0] == (1, 0, 1, 0, 0)
    assert got(database, household).nik_check == "confirmed"
    assert take(database, home, answer(tmp_path / "b.csv", [(nik_of(1), "ditemukan")]))[0] == (1, 1, 0, 0, 0)
    assert got(database, household).nik_check == "found"


@pytest.mark.parametrize("check", ["not_found", "differs"])
def test_a_confirmed_nik_leaves_the_queue_with_who_saw_what(database, check):
    household = add(database, 1, check)
    confirm(database, VERIFIER, household)
    assert got(database, household).nik_check == "confirmed"
    [made] = decisions(database)
    assert (made.household_id, made.what, made.reason, made.decided_by, made.decided_at, made.old_nik_lookup) == (
        household, "confirmed", "KTP dilihat petugas", VERIFIER.actor, LATER, None,
    )  # fmt: skip
    with database.read() as session:
        assert unsettled(session, [household]) == {}
        assert queries.unmatched_households(session) == []


def test_a_corrected_nik_stands_on_the_same_household_and_the_old_one_is_kept_and_still_leads_there(database):
    household = add(database, 1, "not_found")
    correct(database, OPERATOR, household, " 3601 0152 0685 9977 ")
    now = got(database, household)
    assert (SEALER.unseal("nik", now.nik_sealed), now.nik_lookup) == (RIGHT, SEALER.lookup("nik", RIGHT))
    assert (now.nik_check, now.nik_checked_at) == ("unchecked", None)
    [made] = decisions(database)
    assert (made.what, SEALER.unseal("nik", made.old_nik_sealed)) == ("corrected", nik_of(1))
    with database.read() as session:
        lookups = [SEALER.lookup("nik", number) for number in (nik_of(1), nik_of(2), RIGHT)]
        assert queries.households_by_old_nik(session, lookups) == {lookups[0]: household}
        assert len(session.exec(select(Household)).all()) == 1


def test_a_nik_that_is_impossible_unchanged_or_another_households_is_refused(database):
    household, other = add(database, 1, "differs"), add(database, 2, village="36.02.01.2001")
    for nik, error, sentence in (
        ("36010152068599", steps.NotANik, "NIK terdiri dari 14 angka, seharusnya 16"),
        ("3601013213859901", steps.NotANik, "tidak ada di kalender"), ("huruf", steps.NotANik, "hanya boleh berisi angka"),
        (nik_of(1), steps.NotANik, "sama dengan yang tercatat"),
        (nik_of(2), steps.NikTaken, f"milik rumah tangga nomor {other} di Kabupaten Lebak"),
    ):  # fmt: skip
        with pytest.raises(error, match=sentence) as caught:
            correct(database, OPERATOR, household, nik)
        assert caught.value.details["faults"][0]["field"] == "nik"
        assert nik not in str(caught.value.details["faults"])
    assert got(database, household).nik_lookup == SEALER.lookup("nik", nik_of(1))
    assert decisions(database) == []


def test_one_nik_is_decided_once_and_a_double_click_is_harmless(database):
    first, second = add(database, 1, "not_found"), add(database, 2, "not_found")
    confirm(database, OPERATOR, first)
    confirm(database, OPERATOR, first)
    correct(database, OPERATOR, second)
    correct(database, OPERATOR, second)
    assert [made.what for made in decisions(database)] == ["confirmed", "corrected"]
    with pytest.raises(AlreadySettled, match=r"NIK ini sudah dibenarkan oleh petugas-operator pada 04/06/2021 10\.00 WIB"):
        confirm(database, VERIFIER, first)
    with pytest.raises(AlreadySettled, match="sudah dibenarkan"):
        correct(database, OPERATOR, first, nik_of(60))
    with pytest.raises(AlreadySettled, match="sudah dikoreksi"):
        correct(database, OPERATOR, second, nik_of(60))


def test_only_a_nik_in_the_queue_is_decided_and_only_by_who_may(database):
    waiting, found, fresh = add(database, 1, "not_found"), add(database, 2, "found"), add(database, 3)
    for household, said in ((found, "ditemukan"), (fresh, "belum diperiksa")):
        with pytest.raises(steps.NikNotWaiting, match=f"tidak menunggu keputusan: {said}"):
            confirm(database, OPERATOR, household)
    elsewhere = make_officer("operator", "di-lebak", ("36.02",))
    for officer, household, reason, error in (
        (make_officer("facilitator"), waiting, "KTP dilihat", NoRight), (elsewhere, waiting, "KTP dilihat", OutsideRegion),
        (OPERATOR, 999, "KTP dilihat", NotFound), (OPERATOR, waiting, "ya", NoReason),
    ):  # fmt: skip
        with pytest.raises(error):
            confirm(database, officer, household, reason)
        with pytest.raises(error):
            correct(database, officer, household, RIGHT, reason)
    assert got(database, waiting).nik_check == "not_found"


def test_a_corrected_nik_can_be_found_wrong_and_corrected_again(database, home, tmp_path):
    household = add(database, 1, "not_found")
    correct(database, OPERATOR, household)
    take(database, home, answer(tmp_path / "a.csv", [(RIGHT, "berbeda")]), LATER)
    correct(database, VERIFIER, household, nik_of(50))
    with database.read() as session:
        lookups = [SEALER.lookup("nik", number) for number in (nik_of(1), RIGHT)]
        assert queries.households_by_old_nik(session, lookups) == dict.fromkeys(lookups, household)


def test_two_households_never_get_one_nik_at_the_same_moment(database):
    ids, gate, ends = [add(database, 1, "not_found"), add(database, 2, "not_found")], threading.Barrier(2), []

    def run(household):
        gate.wait()
        try:
            correct(database, OPERATOR, household)
            ends.append("done")
        except steps.NikTaken:
            ends.append("taken")

    threads = [threading.Thread(target=run, args=(household,)) for household in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == ["done", "taken"]


def test_a_queue_of_five_thousand_pages_by_key_and_by_regency(database):
    with database.write() as session:
        file_id = session.get_one(Household, make_household(session, {"never": True}).id).file_id
        for at in range(5_000):
            here = "36.01.01.2001" if at % 2 else "36.02.01.2001"
            check = "differs" if at % 10 == 0 else "not_found"
            session.add(
                household_row(20_000 + at, file_id, here, nik_check=check, nik_checked_at=NOW + timedelta(minutes=at))
            )  # fmt: skip
    seen, after = [], 0
    with database.read() as session:
        while page := queries.unmatched_households(session, after=after, limit=50):
            seen += [household.id for household in page]
            after = page[-1].id
    assert (len(seen), seen) == (5_000, sorted(set(seen)))
    with database.read() as session:
        assert queries.unmatched_counts(session) == {"not_found": 4_500, "differs": 500}
        assert queries.unmatched_by_regency(session) == {"36.01": 2_500, "36.02": 2_500}
        assert queries.oldest_unmatched(session) == NOW
        assert queries.oldest_unmatched(session, ["36.01"]) == NOW + timedelta(minutes=1)
        assert {h.regency_code for h in queries.unmatched_households(session, ["36.02"], "differs")} == {"36.02"}

"""Does a regency's file become households, once, whole, and sealed?"""

from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from registry_scenes import NOW, SEALER, counts, households, person, reasons, take_in, write_csv
from sqlalchemy import event
from sqlmodel import select

from service.db.tables import Assessment, EarlierFamilyCard, Household, NikDecision, RegistryFile
from service.errors import NotFound
from service.registry import identity, queries
from service.registry.faults import FileRefused
from service.registry.steps import import_file


def test_a_clean_file_becomes_sealed_households_with_an_assessment(database, home, tmp_path):
    result = take_in(database, home, write_csv(tmp_path / "pandeglang.csv", [person(1), person(2)]))
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    assert result.file == "pandeglang.csv"
    assert result.faults_file is None
    one = households(database)[0]
    assert (one.name, one.birth_on, one.rt, one.district_code, one.regency_code) == (
        "Ardinah Dijaya", date(1985, 6, 12), "003", "36.01.01", "36.01",
    )  # fmt: skip
    assert (one.business_type, one.may_be_referred, one.decile) == ("warung_sembako", True, 2)
    assert identity.masked_numbers(one, SEALER) == identity.MaskedNumbers(
        "3601********9901", "3601********9001", "+628******7890"
    )
    with database.read() as session:
        assessment = queries.assessments_of(session, one.id)[0]
    assert (assessment.assessed_on, assessment.attendance_percent, assessment.monthly_income) == (
        date(2020, 10, 15), 85, 1_250_000,
    )  # fmt: skip


def test_a_file_that_is_half_faulty_or_double_is_refused_whole_with_its_counts(database, home, tmp_path):
    rows = [person(1), person(2), person(1), person(3, nik="")]
    with pytest.raises(FileRefused, match="dari 4 baris, 1 salah dan 1 ganda") as caught:
        take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    details = caught.value.details
    assert (details["rows"], details["rejected"], details["duplicates"]) == (4, 1, 1)
    assert CalamineWorkbook.from_path(details["faults_file"]).get_sheet_by_index(0).height == 3
    assert households(database) == []
    assert counts(take_in(database, home, write_csv(tmp_path / "a.csv", [*rows, person(4)]))) == (5, 3, 0, 0, 1, 1)


def test_the_same_file_again_changes_nothing_under_any_name(database, home, tmp_path):
    rows = [person(1), person(2), person(3, nik="1")]
    first = take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    again = take_in(database, home, write_csv(tmp_path / "renamed.csv", rows))
    assert counts(first) == (3, 2, 0, 0, 1, 0)
    assert counts(again) == (3, 0, 0, 2, 1, 0)
    assert (again.sha256, again.faults_file) == (first.sha256, first.faults_file)
    with database.read() as session:
        assert len(queries.imported_files(session)) == 1


def test_a_changed_household_is_updated_and_its_new_assessment_is_added(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2)]))
    later = person(1, nama="Ardinah Barunama", tanggal_asesmen="20/12/2020", tabungan="400000", no_hp="")
    same_day = person(2, tabungan="999")
    result = take_in(database, home, write_csv(tmp_path / "b.csv", [later, same_day]))
    assert counts(result) == (2, 0, 2, 0, 0, 0)
    one, two = households(database)
    assert (one.name, one.phone_sealed) == ("Ardinah Barunama", None)
    with database.read() as session:
        assert [a.savings for a in queries.assessments_of(session, one.id)] == [400_000, 250_000]
        assert [a.savings for a in queries.assessments_of(session, two.id)] == [999]


def cards(database, household_id):
    """The KK numbers a household had before, opened, with the day each was replaced."""
    with database.read() as session:
        kept = session.exec(select(EarlierFamilyCard).where(EarlierFamilyCard.household_id == household_id))
        return [(SEALER.unseal("kk", one.kk_sealed), one.kk_lookup, one.replaced_at) for one in kept]


def test_a_new_family_card_keeps_the_old_one_exactly_once_and_the_household_stays_itself(database, home, tmp_path):
    first, second = person(1)["no_kk"], "3601011203209055"
    take_in(database, home, write_csv(tmp_path / "0.csv", [person(1), person(2)]))
    for at, card in enumerate((second, second, first, second), start=1):
        rows = [person(1, no_kk=card, alamat=f"Kp. Contoh {at}"), person(2)]
        assert take_in(database, home, write_csv(tmp_path / f"{at}.csv", rows)).updated == 1
    one, two = households(database)
    assert identity.masked_numbers(one, SEALER).kk == "3601********9055"
    assert cards(database, one.id) == [
        (first, SEALER.lookup("kk", first), NOW), (second, SEALER.lookup("kk", second), NOW),
    ]  # fmt: skip
    assert cards(database, two.id) == []


def test_an_old_nik_in_a_later_file_does_not_make_the_household_a_second_time(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3)]))
    right = person(9)["nik"]
    with database.write() as session:
        one = session.get_one(Household, households(database)[0].id)
        decision = NikDecision(
            household_id=one.id, what="corrected", old_nik_sealed=one.nik_sealed, old_nik_lookup=one.nik_lookup,
            reason="salah ketik", decided_by="user:petugas", decided_at=NOW,
        )  # fmt: skip
        one.nik_sealed, one.nik_lookup = SEALER.seal("nik", right), SEALER.lookup("nik", right)
        session.add_all([one, decision])
        number = one.id
    rows = [person(1, alamat="Kp. Baru"), person(2), person(3), person(4)]
    result = take_in(database, home, write_csv(tmp_path / "b.csv", rows))
    assert counts(result) == (4, 1, 0, 2, 0, 1)
    assert reasons(result) == [
        f"Baris 2, kolom nik: NIK ini sudah dikoreksi pada rumah tangga nomor {number}; tulis NIK yang baru."
    ]
    assert counts(take_in(database, home, write_csv(tmp_path / "c.csv", [person(9, alamat="Kp. Baru")]))) == (1, 0, 1, 0, 0, 0)


def test_a_household_twice_in_a_file_or_in_two_regencies_is_counted_and_told_why(database, home, tmp_path):
    twice = take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3), person(1)]))
    assert counts(twice) == (4, 3, 0, 0, 0, 1)
    assert reasons(twice) == ["Baris 5, kolom nik: NIK ini sudah ada di baris 2 berkas yang sama; yang dipakai baris 2."]
    rows = [person(at, kode_desa="36.02.01.2002") for at in (2, 4, 5)]
    elsewhere = take_in(database, home, write_csv(tmp_path / "b.csv", rows))
    assert counts(elsewhere) == (3, 2, 0, 0, 0, 1)
    number = households(database)[1].id
    assert reasons(elsewhere) == [
        f"Baris 2, kolom nik: NIK ini sudah terdaftar di Kabupaten Pandeglang (rumah tangga nomor {number}); sepakati dahulu."
    ]
    assert households(database)[1].regency_code == "36.01"


def test_two_heads_with_one_family_card_are_both_registered(database, home, tmp_path):
    rows = [person(1), person(2, no_kk=person(1)["no_kk"])]
    assert take_in(database, home, write_csv(tmp_path / "a.csv", rows)).added == 2
    assert len({h.kk_lookup for h in households(database)}) == 1


def test_a_crash_in_the_middle_leaves_nothing_and_the_next_try_brings_all(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(at) for at in range(1, 9)])

    def power_cut(_connection, _cursor, statement, *_more):
        if "household.file_id =" in statement:  # the households are written, their assessments are not
            raise RuntimeError("power cut")

    event.listen(database.engine, "before_cursor_execute", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        take_in(database, home, path)
    event.remove(database.engine, "before_cursor_execute", power_cut)
    with database.read() as session:
        assert [list(session.exec(select(table))) for table in (Household, Assessment, RegistryFile)] == [[], [], []]
    assert counts(take_in(database, home, path)) == (8, 8, 0, 0, 0, 0)


def test_an_import_that_commits_in_between_is_seen(database, home, tmp_path):
    first = write_csv(tmp_path / "a.csv", [person(1), person(2), person(3)])
    second = write_csv(tmp_path / "b.csv", [person(1, kode_desa="36.02.01.2002"), person(4), person(5)])
    done = []

    def other_import(connection, _cursor, statement, *_more):
        if "max(registry_file" in statement and not done:
            done.append(True)
            take_in(database, home, first)

    event.listen(database.engine, "after_cursor_execute", other_import)
    assert counts(take_in(database, home, second)) == (3, 2, 0, 0, 0, 1)
    event.remove(database.engine, "after_cursor_execute", other_import)
    assert len(households(database)) == 5


def test_no_number_of_a_person_is_readable_at_rest(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2, rt="x"), person(3)]))
    with database.engine.connect() as connection:
        names = [table.name for table in (Household.__table__, RegistryFile.__table__, Assessment.__table__)]
        everything = str([connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names])
    for number in ("3601015206859901", "3601011203109001", "81234567890", "8599"):
        assert number not in everything
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        stored = (tmp_path / "estafet.db").read_bytes()
        assert b"3601015206859901" not in stored
        assert b"81234567890" not in stored


def test_progress_is_told_up_to_the_last_row(database, home, tmp_path):
    told = []
    path = write_csv(tmp_path / "a.csv", [person(1), person(2)])
    import_file(database, home, SEALER, path, "user:petugas", NOW, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (2, 2)]


def test_households_are_found_by_number_nik_family_card_phone_and_name(database, home, tmp_path):
    rows = [person(1), person(2, nama="Sadi 100% Jaya".replace("100% ", ""), no_hp="0857 1111 2222"), person(3, no_hp="")]
    take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    one, two, three = (h.id for h in households(database))

    def found(words, **options):
        with database.read() as session:
            return [h.id for h in queries.find_households(session, words, SEALER.lookup, **options)]

    assert found("3601 0152 0685 9902") == [two]
    assert found(person(3)["no_kk"]) == [three]
    assert found("+62 857-1111-2222") == [two]
    assert found("sadi") == [two]
    assert found("%") == []
    assert found(str(one)) == [one]
    assert found("") == [one, two, three]
    assert found("", after=one, limit=1) == [two]
    assert found("", regencies=["36.02"]) == []
    with database.read() as session:
        assert queries.household_by_id(session, two).name == "Sadi Jaya"
        assert queries.households_by_regency(session) == {"36.01": 3}
        with pytest.raises(NotFound, match="999"):
            queries.household_by_id(session, 999)

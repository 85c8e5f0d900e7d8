"""Does the aid ledger get in once, can it be corrected, and does a household show what it received?"""

from datetime import date

import pytest
from factories import make_officer
from registry_scenes import NOW, SEALER, counts, households, ledger, person, reasons, take_in, write_csv
from sqlmodel import select

from service.db.tables import AidReceipt, Member
from service.errors import NotFound
from service.registry.aid_ledger import import_aid, received_by
from service.registry.faults import FileRefused
from service.trust.rights import OutsideRegion


def test_the_aid_ledger_is_taken_in_once_and_corrected_later(database, home, tmp_path):
    rows = [
        ("3601015206859901", "3601011203109001", "uep", "provinsi", "2019"), ("3601015206859902", "", "UEP", "Pusat", "2018"),
        ("3601015206859901", "3601011203109001", "UEP", "provinsi", "2019"), ("3601015206859903", "", "UEP", "desa", "2018"),
        ("3601015206859904", "", "UEP", "pusat", "2020"),
    ]  # fmt: skip

    def take(name, some):
        return import_aid(database, home, SEALER, ledger(tmp_path / name, some), NOW)

    first = take("a.csv", rows)
    assert counts(first) == (5, 3, 0, 0, 1, 1)
    assert reasons(first) == [
        "Baris 4, kolom nik: NIK, program, dan tahun ini sudah ada di baris 2 berkas yang sama.",
        "Baris 5, kolom sumber: 'desa' tidak dikenal; tulis provinsi atau pusat.",
    ]
    assert counts(take("a.csv", rows)) == (5, 0, 0, 3, 1, 1)
    assert counts(take("b.csv", [("3601015206859901", "3601011203109009", "UEP", "provinsi", "2019")])) == (1, 0, 1, 0, 0, 0)
    with database.read() as session:
        stored = list(session.exec(select(AidReceipt).order_by(AidReceipt.id)))
    assert [(r.programme, r.source, r.year) for r in stored] == [
        ("UEP", "province", 2019), ("UEP", "central", 2018), ("UEP", "central", 2020),
    ]  # fmt: skip
    with pytest.raises(FileRefused):
        take("c.csv", [("1", "", "UEP", "pusat", "2020")])


def test_what_how_much_and_when_are_kept_and_a_file_without_those_columns_does_not_erase_them(database, home, tmp_path):
    def stored():
        with database.read() as session:
            return [
                (r.source, r.what, r.amount, r.received_on) for r in session.exec(select(AidReceipt).order_by(AidReceipt.id))
            ]

    def take(name, rows, more=()):
        return counts(import_aid(database, home, SEALER, ledger(tmp_path / name, rows, more), NOW))[1:4]

    one, more = (person(1)["nik"], "", "UEP", "provinsi", "2019"), ("Bantuan", "Nilai", "Tanggal")
    assert take("a.csv", [one]) == (1, 0, 0)
    assert take("b.csv", [(*one, "Paket warung", "Rp 2.500.000", "05/12/2019")], more) == (0, 1, 0)
    assert take("c.csv", [(*one, "Paket warung", "2500000", "2019-12-05")], more) == (0, 0, 1)
    assert take("d.csv", [one]) == (0, 0, 1)
    assert stored() == [("province", "Paket warung", 2_500_000, date(2019, 12, 5))]
    assert take("e.csv", [(*one[:3], "pusat", "2019")]) == (0, 1, 0)
    assert stored() == [("central", "Paket warung", 2_500_000, date(2019, 12, 5))]


def test_a_household_shows_aid_of_its_head_its_members_and_every_card_it_has_or_had(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2)]))
    take_in(database, home, write_csv(tmp_path / "b.csv", [person(1, no_kk="3601011203209055")]))
    one, other = (household.id for household in households(database))
    member = "3601015206859988"
    with database.write() as session:
        fields = {"nik_sealed": SEALER.seal("nik", member), "nik_lookup": SEALER.lookup("nik", member)}
        session.add(Member(household_id=one, name="Anggota Contoh", added_at=NOW, **fields))
    stranger = "3601015206859977"
    rows = [
        (stranger, person(1)["no_kk"], "UEP", "provinsi", "2016"), (person(1)["nik"], "", "UEP", "pusat", "2017"),
        (member, "", "PKH", "pusat", "2018"), (stranger, "3601011203209055", "PKH", "pusat", "2019"),
        (stranger, "", "PKH", "pusat", "2020"),
    ]  # fmt: skip
    assert import_aid(database, home, SEALER, ledger(tmp_path / "l.csv", rows), NOW).added == 5

    def shown(officer, household_id):
        with database.read() as session:
            return [(r["year"], r["programme"], r["by"]) for r in received_by(session, officer, household_id)]

    assert shown(make_officer("auditor"), one) == [
        (2016, "UEP", "family_card"), (2017, "UEP", "head"), (2018, "PKH", "member"), (2019, "PKH", "family_card"),
    ]  # fmt: skip
    assert shown(make_officer("auditor"), other) == []
    with pytest.raises(OutsideRegion):
        shown(make_officer("verifier", "lebak", ("36.02",)), one)
    with pytest.raises(NotFound):
        shown(make_officer("auditor"), 999)

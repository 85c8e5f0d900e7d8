"""Does the command line make, take out and close an exit list, print the visit list and export goods?"""

import csv
import io
import json
from pathlib import Path

import pytest
from factories import NOW, SEALER, make_cycle, make_parcel_at_point, make_partner
from python_calamine import CalamineWorkbook
from sqlmodel import select
from test_cli import estafet, house  # noqa: F401 - fixtures

from service.db.history import Told, record_move
from service.db.tables import ExitList, Household, Parcel
from service.lifecycle import Subject

FLOW = Told("flow:test", NOW)


@pytest.fixture
def proven(estafet, house):  # noqa: F811
    """Two households proven and one absent twice; returns `estafet`."""
    with house.database.write() as session:
        cycle_id = make_cycle(session).id
        facilitator = make_partner(session, "facilitator", "fas-f01")
        for _ in range(3):
            parcel = make_parcel_at_point(session, cycle_id)
            parcel.facilitator_id = facilitator.id
            session.add(parcel)
            session.flush()
        done = session.exec(select(Parcel).order_by(Parcel.id)).all()
        for parcel in done[:2]:
            record_move(session, Subject.PARCEL, parcel.id, "handed_over", FLOW, reported_at=NOW)
            record_move(session, Subject.PARCEL, parcel.id, "verified", FLOW)
            for event in ("delivered", "handover_verified"):
                record_move(session, Subject.CASE, parcel.case_id, event, FLOW)
        record_move(session, Subject.PARCEL, done[2].id, "absent", FLOW, absences=2, note="rumah kosong")
        for person in session.exec(select(Household)).all():  # sealed by the tests' key: seal them by this home's
            person.nik_sealed = house.sealer.seal("nik", SEALER.unseal("nik", person.nik_sealed))
            person.kk_sealed = house.sealer.seal("kk", SEALER.unseal("kk", person.kk_sealed))
            session.add(person)
    return estafet


def test_a_list_goes_its_whole_way_from_the_command_line(proven, house):  # noqa: F811
    code, out, _ = proven("exit", "make", "2021", "--json", by="operator")
    made = json.loads(out)
    assert (code, made["list"], made["households"], len(made["sha256"])) == (0, "KLR-2021-01", 2, 64)
    code, out, said = proven("exit", "make", "2021", by="operator")
    assert (code, "Tidak ada keluarga siklus 2021" in said) == (1, True)
    assert proven("exit", "acknowledge", made["list"], "--sha256", made["sha256"], "--by", "Ibu A", by="operator")[0] == 1
    code, out, _ = proven("exit", "save", made["list"], "--json", by="operator")
    saved = Path(json.loads(out)["file"])
    assert (code, saved.name, oct(saved.stat().st_mode)[-3:]) == (0, "KLR-2021-01.csv", "600")
    assert json.loads(out)["sha256"] == made["sha256"]
    assert len(list(csv.reader(io.StringIO(saved.read_text("utf-8-sig")), delimiter=";"))) == 3
    assert proven("exit", "save", made["list"], "--to", "daftar.xlsx", by="operator")[0] == 0
    rows = CalamineWorkbook.from_path("daftar.xlsx").get_sheet_by_index(0).to_python()
    assert [len(row[2]) for row in rows[1:]] == [16, 16]
    assert proven("exit", "save", made["list"], "--to", "daftar.doc", by="operator")[0] == 1
    with house.database.read() as session:
        household = session.exec(select(Household).order_by(Household.id)).first().id
    returned = ("exit", "returned", made["list"], str(household), "--reason", "sudah keluar 2020", "--json")
    assert proven(*returned, by="operator")[0] == 0
    wrong = proven("exit", "acknowledge", made["list"], "--sha256", "0" * 64, "--by", "Ibu A", "--json", by="operator")
    assert (wrong[0], json.loads(wrong[1])["refused"]) == (1, "bad_input")
    code, out, _ = proven(
        "exit", "acknowledge", made["list"], "--sha256", made["sha256"], "--by", "Ibu A", "--json", by="operator"
    )
    assert (code, json.loads(out)["state"], len(json.loads(out)["notes"])) == (0, "acknowledged", 2)
    told = json.loads(proven("exit", "list", "2021", "--json", by="auditor")[1])
    assert [(row["list"], row["state"]) for row in told["lists"]] == [("KLR-2021-01", "acknowledged")]
    assert told["waiting"] == 0
    assert "KLR-2021-01" in proven("exit", "list", "2021", by="auditor")[1]
    with house.database.read() as session:
        assert session.exec(select(ExitList)).one().acknowledged_by == "Ibu A"


def test_the_visit_list_names_public_numbers_and_its_file_says_where_to_go(proven):
    code, out, _ = proven("visit-list", "2021", "--to", "kunjungan.xlsx", "--json", by="verifier")
    told = json.loads(out)
    assert (code, told["households"], told["due_on"]) == (0, 1, "2021-12-31")
    assert (told["visits"][0]["facilitator"], told["visits"][0]["absences"]) == ("fas-f01", 2)
    assert "Warga" not in out
    header, row = CalamineWorkbook.from_path("kunjungan.xlsx").get_sheet_by_index(0).to_python()
    line = dict(zip(header, row, strict=True))
    assert (line["Alamat"], line["RT"], line["Alasan terakhir"]) == ("Kp. Contoh", "001", "rumah kosong")
    assert "********" in line["NIK"]
    assert "1 keluarga, sampai 2021-12-31." in proven("visit-list", "2021", by="verifier")[1]
    assert "Tidak ada keluarga" in proven("visit-list", "2021", "--facilitator", "fas-f02", by="verifier")[1]


def test_parcels_events_and_lists_are_exported_with_masked_numbers(proven):
    proven("exit", "make", "2021", by="operator")
    found = {}
    for what in ("parcels", "events", "exits"):
        code, out, _ = proven("export", what, "2021", "--to", f"{what}.xlsx", "--json", by="auditor")
        assert code == 0
        found[what] = CalamineWorkbook.from_path(f"{what}.xlsx").get_sheet_by_index(0).to_python()
        assert json.loads(out)["rows"] == len(found[what]) - 1
    assert {what: len(rows) - 1 for what, rows in found.items()} == {"parcels": 3, "events": 0, "exits": 2}
    parcel = dict(zip(*found["parcels"][:2], strict=True))
    assert (parcel["Isi"], parcel["Nilai (Rp)"], parcel["Keadaan"], parcel["Kecamatan"]) == (
        "Paket WRG", 2_500_000, "Terbukti", "Sumur",
    )  # fmt: skip
    assert all("********" in row[3] for row in found["exits"][1:])

"""Do the commands put a catalogue in, take it out, copy it, and let one ask for another package and another decide?"""

import json
from pathlib import Path

import pytest
from need_scenes import catalogue, decreed
from test_cli import estafet, house  # noqa: F401  (fixtures)

from service.procurement.catalogue_file import as_workbook, read_any
from service.procurement.workbook import workbook_of


@pytest.fixture
def work(house):  # noqa: F811
    """A decreed cycle of 2021 with a household whose business nobody understands."""
    made = decreed(house.database, house.home, [{}, {"business_type": None, "business_text": "aneka"}])
    Path("katalog.xlsx").write_bytes(as_workbook(catalogue()))
    return made


def told(answer):
    code, said, fault = answer
    assert code == 0, fault
    return json.loads(said)


def test_a_catalogue_goes_in_out_and_into_the_next_year(work, estafet):  # noqa: F811
    first = told(estafet("catalogue", "import", "2021", "katalog.xlsx", "--json", by="operator"))
    assert (first["added"], first["moved"]) == (["P-A", "P-B"], 0)
    again = told(estafet("catalogue", "import", "2021", "katalog.xlsx", "--json", by="operator"))
    assert (again["unchanged"], again["added"]) == (["P-A", "P-B"], [])
    for name in ("salinan.xlsx", "salinan.yaml"):
        assert told(estafet("catalogue", "export", "2021", name, "--json", by="auditor"))["packages"] == 2
        assert read_any(Path(name)) == catalogue()
    assert estafet("catalogue", "export", "2021", "salinan.txt", by="auditor")[0] == 1
    told(estafet("cycle", "open", "2022", "--quota", "quota.csv", "--json", by="operator"))
    assert told(estafet("catalogue", "copy", "2021", "2022", "--json", by="operator"))["added"] == ["P-A", "P-B"]
    shown = told(estafet("catalogue", "show", "2022", "--json", by="auditor"))
    assert [(one["code"], one["price"]) for one in shown["packages"]] == [("P-A", 150_000), ("P-B", 2_000_000)]
    assert "Paket menjahit (Menjahit)" in estafet("catalogue", "show", "2022", by="auditor")[1]


def test_a_faulty_file_is_refused_with_its_faults_and_a_file_to_correct(work, estafet):  # noqa: F811
    head = ("kode_paket", "nama_paket", "barang", "jumlah", "satuan", "harga_satuan")
    Path("salah.xlsx").write_bytes(workbook_of("x", head, [("P-A", "A", "Beras", "dua", "kg", 5)]))
    code, said, fault = estafet("catalogue", "import", "2021", "salah.xlsx", "--json", by="operator")
    refused = json.loads(said)
    assert (code, refused["faults"]) == (1, ["Baris 2, kolom jumlah: 'dua' bukan bilangan bulat."])
    assert Path(refused["faults_file"]).exists()
    assert refused["faults_file"] in fault


def test_another_package_is_asked_for_and_decided(work, estafet):  # noqa: F811
    told(estafet("catalogue", "import", "2021", "katalog.xlsx", "--json", by="operator"))
    household = 2
    before = told(estafet("need", "list", "2021", "--json", by="auditor"))
    assert (before["without"], before["open"]) == (2, 0)
    asked = ("need", "propose", "2021", str(household), "P-B", "--reason", "bisa menjahit", "--json")
    proposal = told(estafet(*asked, by="facilitator"))["proposal"]
    assert estafet(*asked, by="facilitator")[0] == 1
    listed = told(estafet("need", "list", "2021", "--json", by="auditor"))
    assert (listed["open"], listed["proposals"][0]["household"]) == (1, household)
    assert "P-B: bisa menjahit" in estafet("need", "list", "2021", by="auditor")[1]
    assert estafet("need", "decide", str(proposal), "refuse", by="commitment_officer")[0] == 1
    decided = told(estafet("need", "decide", str(proposal), "accept", "--json", by="commitment_officer"))
    assert decided["state"] == "accepted"

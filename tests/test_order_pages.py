"""Does the page of an order take what an inspection found, say what is next, and let the PPK stop a supplier who fails?"""

import pytest
from factories import told_by
from order_scenes import FIRST, FULL, OPERATOR, Orders
from page_scene import HTML, token_on
from starlette.testclient import TestClient

from service.db.claims import raise_claim
from service.db.tables import Letter, Order, OrderLine, Parcel
from service.trust.accounts import add_user, make_session, make_token
from service.trust.rights import ROLES

PATH = f"/pesanan/{FIRST}"


class Offices(Orders):
    """The same with people of the office at the browser."""

    def __init__(self, database, home, **policy):
        super().__init__(database, home, **policy)
        with database.write() as session:
            users = {role: add_user(session, f"uji-{role}", f"Uji {role}", [role]).id for role in ROLES}
            self.sessions = {role: make_session(session, user) for role, user in users.items()}
            self.tokens = {role: make_token(session, user) for role, user in users.items()}

    def officer(self, role):
        return TestClient(self.app, headers=HTML, cookies={"estafet": self.sessions[role]}, follow_redirects=False)

    def post(self, role, act, **data):
        browser = self.officer(role)
        return browser.post(f"{PATH}/{act}", data={"csrf": token_on(browser.get("/pesanan?status=draft"))} | data)

    def program(self, role, act, body):
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        return TestClient(self.app, headers=headers).post(f"/api/orders/{FIRST}/{act}", json=body)


@pytest.fixture
def offices(database, home):
    return Offices(database, home)


def came(offices, items=FULL):
    offices.ship()
    offices.tell("arrived", items=items)


def seen(offices, role="auditor"):
    return offices.officer(role).get(PATH).text


def test_the_page_says_what_is_next_and_lists_the_shipments(offices):
    offices.ship(shipment="SJ-1/XI")
    offices.tell("arrived", shipment="SJ-1/XI", items={"P-WARUNG": 2}, arrived_on="2021-05-30")
    page = seen(offices)
    assert "Langkah berikut" in page
    assert "SJ-1/XI" in page
    assert "P-WARUNG: 2" in page


def test_an_inspection_counts_what_passed_was_damaged_and_wrong_and_how_many_were_opened(offices):
    came(offices, FULL | {"P-WARUNG": 3})
    counted = {"jumlah-P-JAHIT": "1", "jumlah-P-WARUNG": "1", "rusak-P-WARUNG": "1", "contoh": "2", "catatan": "dus basah"}
    assert offices.post("verifier", "periksa", **counted).status_code == 303
    order = offices.rows(Order)[0]
    assert (order.status, order.samples_opened, order.inspection_note) == ("inspected", 2, "dus basah")
    assert sorted((line.passed, line.damaged, line.wrong) for line in offices.rows(OrderLine)) == [(1, 0, 0), (1, 1, 0)]
    page = seen(offices)
    assert "2 paket" in page
    assert "dus basah" in page
    assert 'data-label="Tidak ada">1<' in page


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"contoh": ""}, "contoh", "Isi berapa paket dibuka"),
        ({"contoh": "0"}, "contoh", "sedikitnya satu paket dibuka"),
        ({"contoh": "9"}, "contoh", "lebih banyak paket dibuka daripada yang tiba"),
        ({"jumlah-P-JAHIT": ""}, "jumlah-P-JAHIT", "(lolos) dengan angka"),
        ({"rusak-P-JAHIT": "-1"}, "rusak-P-JAHIT", "(rusak) dengan angka"),
        ({"salah-P-JAHIT": "dua"}, "salah-P-JAHIT", "(salah barang) dengan angka"),
        ({"salah-P-JAHIT": "1"}, "jumlah-P-JAHIT", "bersama melebihi yang tiba (1)"),
    ],
)
def test_an_inspection_that_does_not_add_up_is_told_at_its_field_and_keeps_what_was_given(offices, given, field, said):
    came(offices)
    counted = {"jumlah-P-JAHIT": "1", "jumlah-P-WARUNG": "2", "contoh": "1", "catatan": "Ramai sekali"} | given
    answer = offices.post("verifier", "periksa", **counted)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert said in answer.text
    assert ">Ramai sekali</textarea>" in answer.text
    assert offices.status() == "arrived"


def test_a_program_may_tell_only_what_passed_as_before_or_everything(offices):
    came(offices)
    assert offices.program("verifier", "inspect", {"counts": FULL, "damaged": {"P-ANEH": 1}}).status_code == 422
    told = {"counts": FULL | {"P-WARUNG": 2}, "wrong": {"P-WARUNG": 1}, "samples_opened": 1, "note": "satu salah"}
    assert offices.program("verifier", "inspect", told | {"samples_opened": 0}).status_code == 422
    assert offices.program("verifier", "inspect", told).json()["status"] == "inspected"
    assert offices.rows(Order)[0].inspection_note == "satu salah"


def test_an_older_program_tells_no_samples(offices):
    came(offices)
    assert offices.program("verifier", "inspect", {"counts": FULL}).status_code == 200
    assert offices.rows(Order)[0].samples_opened is None
    assert offices.program("commitment_officer", "accept", {}).json()["status"] == "accepted"


def test_the_ppk_stops_a_supplier_who_fails_and_what_came_stays(offices):
    offices.ship(shipment="SJ-1")
    offices.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 2})
    assert offices.post("verifier", "batalkan", alasan="terlambat").status_code == 403
    assert offices.post("commitment_officer", "batalkan", alasan=" ").status_code == 422
    done = offices.post("commitment_officer", "batalkan", alasan="terlambat tiga minggu")
    assert "dipesankan ke penyedia lain" in offices.officer("commitment_officer").get(done.headers["location"]).text
    assert offices.status() == "arrived"
    offices.procure()
    page = seen(offices)
    assert "Digantikan oleh" in page
    assert "PSN-2021-0002" in page
    assert "terlambat tiga minggu" in page


def test_a_program_stops_a_supplier_too(offices):
    assert offices.program("verifier", "cancel", {"reason": "tidak menjawab"}).status_code == 403
    assert offices.program("commitment_officer", "cancel", {"reason": "tidak menjawab"}).json()["status"] == "cancelled"


def test_the_page_leads_to_the_handover_record_and_the_claims(offices):
    came(offices)
    offices.inspect(FULL)
    offices.accept()
    offices.procure()
    with offices.database.write() as session:
        parcel = next(one for one in offices.rows(Parcel) if one.status == "at_point")
        claim = raise_claim(session, parcel.id, "short", [{"name": "Beras", "count": 1}], OPERATOR.actor, told_by(OPERATOR).at)
        number = claim.number
    letter = next(one for one in offices.rows(Letter) if one.kind == "receipt")
    page = seen(offices)
    assert f"/surat/{letter.code}.pdf" in page
    assert number in page
    theirs = offices.browser.get(f"{offices.links[0]}?pesanan={FIRST}").text
    assert number in theirs
    assert number in offices.browser.get(offices.links[0]).text
    assert "1 Beras" in offices.browser.get(offices.links[0]).text
    assert number not in offices.browser.get(offices.links[1]).text

"""What happens to one household, from its regency's file to the outcome its agency reports? Read this test first.

Everything is real: Prefect runs the stages, officials decide through the API, supplier, facilitator and agency answer with
signed callbacks, the letter is a PDF, and the household's page tells the whole story.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import time
from datetime import timedelta

import pytest
from installation import Whole, whole_installation
from leaks import leaks_in, watched_files

from service.cohort.queries import case_of, story
from service.cohort.steps import open_cycle
from service.db.history import Told
from service.db.tables import DeliveryPoint
from service.demo.facilitators import handovers
from service.demo.photos import photo_of
from service.demo.suppliers import arrival
from service.handoff.queries import batches_awaiting_signature
from service.messages.prefect_runs import is_answering
from service.policy import CyclePolicy
from service.registry.steps import import_file
from service.trust.accounts import officer_by_login

pytestmark = [pytest.mark.xdist_group("installation"), pytest.mark.timeout(600)]
YEAR, HOUSEHOLD = 2021, 1
SITI = {
    "nik": "3601014506859901", "no_kk": "3601010101129901", "nama": "Siti Contohwati", "tempat_lahir": "Pandeglang",
    "tanggal_lahir": "05/06/1985", "jenis_kelamin": "P", "alamat": "Kp. Contoh", "rt": "1", "rw": "2",
    "kode_desa": "36.01.01.2001", "no_hp": "0812-0000-9901", "program": "JAMSOSRATU", "tahun_mulai": "2013",
    "tahun_akhir": "2020", "desil": "2", "tanggal_desil": "2021-01-10", "jenis_usaha": "warung sembako",
    "usaha_sejak": "2019-02-01", "kehadiran_pertemuan": "95", "penghasilan_bulanan": "2000000", "jumlah_anggota": "4",
    "tabungan": "500000", "sumber_penghasilan": "2", "tanggal_asesmen": "2021-04-01", "pendamping": "P01",
    "persetujuan_rujukan": "ya", "produk": "", "kapasitas_bulanan": "",
}  # fmt: skip
MENTOR = SITI | {
    "nik": "3601014107749902", "no_kk": "3601010101129902", "nama": "Ratna Contohsari", "tanggal_lahir": "01/07/1974",
    "desil": "7", "usaha_sejak": "2012-01-01", "no_hp": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with whole_installation(tmp_path_factory.mktemp("one") / "home", YEAR, ["P01"]) as everything:
        yield everything


def status_of(whole: Whole) -> str:
    with whole.house.database.read() as session:
        return case_of(session, YEAR, HOUSEHOLD).status


def test_one_household_goes_the_whole_way(whole, tmp_path):
    hand, told_by_service = whole.hand, whole.receiver.mailbox
    supplier = facilitator = agency = None

    # A regency sends its file; an officer opens the year.
    path = tmp_path / "pandeglang.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, SITI.keys(), delimiter=";")
        writer.writeheader()
        writer.writerows([SITI, MENTOR])
    result = import_file(whole.house.database, whole.house.home, whole.house.sealer, path, "user:petugas", hand.now)
    assert (result.added, result.rejected) == (2, 0)
    with whole.house.database.write() as session:
        session.add(DeliveryPoint(district_code="36.01.01", name="Kantor Kecamatan Sumur", latitude=-6.65, longitude=105.58))
        officer = officer_by_login(session, "petugas")
        open_cycle(session, officer, YEAR, {"36.01": 1}, CyclePolicy(), 7, Told(officer.actor, hand.now))

    # Selection proposes; the regency verifies; a third person approves.
    hand.run("selection")
    assert status_of(whole) == "selected"
    hand.official("verifier", f"/api/cycles/{YEAR}/decree/verify", {})
    hand.official("approver", f"/api/cycles/{YEAR}/decree/approve")
    assert status_of(whole) == "decreed"

    # Goods: drafted, approved by the PPK, ordered from the supplier, delivered, counted, accepted.
    hand.settle("selection", "procurement")
    hand.official("commitment_officer", f"/api/cycles/{YEAR}/orders/approve")
    hand.settle("procurement")
    hand.deliver_messages()
    assert status_of(whole) == "ordered"
    for sender, cast in whole.players.suppliers.items():
        if orders := told_by_service.take(sender, "order.placed"):
            supplier, order = cast, orders[0]
    counts = {item["package"]: item["count"] for item in order["items"]}
    at = hand.now.isoformat()
    assert whole.caller.tell(supplier, "order.shipped", {"order": order["order"]}, at) == "parked"
    assert whole.caller.tell(supplier, "order.confirmed", {"order": order["order"]}, at) == "applied"
    assert whole.caller.tell(supplier, "order.arrived", arrival(order["order"], counts, hand.now.date()), at) == "applied"
    hand.official("verifier", f"/api/orders/{order['order']}/inspect", {"counts": counts})
    hand.official("commitment_officer", f"/api/orders/{order['order']}/accept")

    # Handover: the facilitator is invited, photographs, reports; the rules prove it.
    hand.settle("delivery")
    hand.deliver_messages()
    facilitator = whole.players.facilitators["fas-p01"]
    (handover,) = handovers(facilitator, told_by_service.take("fas-p01", "event.planned"))
    hand.date(handover.held_on, 14)
    photo = whole.caller.send_photo(facilitator, photo_of(handover.parcel, hand.now, -6.65, 105.58))
    report = {
        "parcel": handover.parcel, "at": hand.now.isoformat(), "receiver": "self", "items": handover.items,
        "function_tested": True, "photo": photo, "latitude": -6.65, "longitude": 105.58,
    }  # fmt: skip
    report["items"] = [{"name": item["name"], "count": item["count"]} for item in handover.items]
    assert whole.caller.tell(facilitator, "parcel.handed_over", report, at) == "applied"
    hand.settle("delivery", "mentoring")
    assert status_of(whole) == "verified"

    # Three months later a visit sees movement.
    hand.date(handover.held_on + timedelta(days=90))
    visit = {
        "parcel": handover.parcel, "visited_on": (handover.held_on + timedelta(days=89)).isoformat(),
        "movement_seen": True, "indicators": {"omzet_bulanan": 1_500_000},
    }  # fmt: skip
    assert whole.caller.tell(facilitator, "visit.recorded", visit, at) == "applied"
    hand.settle("mentoring", "handoff")
    assert status_of(whole) == "ready"

    # The letter is signed by somebody else than who drafted it, and goes out.
    (batch,) = hand.read(lambda session, work: batches_awaiting_signature(session, work.cycle_id))
    hand.official("approver", f"/api/batches/{batch.batch.number}/sign")
    hand.settle("handoff")
    hand.deliver_messages()
    assert status_of(whole) == "referred"
    agency = whole.players.agencies["dinkop-3601"]
    (sent,) = told_by_service.take("dinkop-3601", "referral.sent")
    sheet = next((whole.house.home / "letters").rglob("referral_sheet/*.pdf"))
    text = subprocess.run(["pdftotext", str(sheet), "-"], capture_output=True, text=True, check=True).stdout
    assert "Siti Contohwati" in text
    assert SITI["nik"] not in text
    assert "berlaku setelah ditandatangani" in text

    # The agency acknowledges, accepts, serves, reports. The QR page follows without a name.
    referral = {"referral": sent["referral"], "register_number": "518/77"}
    for kind, expected in (
        ("referral.acknowledged", "referred"), ("referral.accepted", "referred"), ("referral.service_started", "in_service"),
    ):  # fmt: skip
        assert whole.caller.tell(agency, kind, referral, at) == "applied"
        assert status_of(whole) == expected
    outcome = referral | {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}}
    assert whole.caller.tell(agency, "referral.concluded", outcome, at, "msg_outcome_1") == "applied"
    assert whole.caller.tell(agency, "referral.concluded", outcome, at, "msg_outcome_1") == "duplicate"
    assert status_of(whole) == "concluded"
    check_page = whole.caller.page(f"/v/{sheet.stem}")
    assert "Selesai" in check_page
    assert "Siti" not in check_page

    the_story_is_complete(whole)
    prefect_and_the_logs_know_nobodys_name_number_or_phone(whole)
    the_service_killed_with_kill_9_comes_back_and_forgets_nothing(whole)


def the_story_is_complete(whole: Whole) -> None:
    """Every hand the baton went through, in order, and the figures agree."""
    with whole.house.database.read() as session:
        moves = story(session, case_of(session, YEAR, HOUSEHOLD).id)
    way = [move.to_status for move in moves if move.subject == "case"]
    assert way == [
        "proposed", "selected", "decreed", "ordered", "delivered", "verified", "ready", "referred", "in_service", "concluded",
    ]  # fmt: skip
    actors = {move.actor for move in moves}
    assert {"user:petugas", "user:kadis", "partner:fas-p01", "partner:dinkop-3601"} <= actors
    summary = whole.hand.summary()
    assert summary["conservation"] == "ok"
    assert (summary["selected"], summary["mentored"], summary["concluded"]) == (1, 1, 1)
    assert summary["callbacks"]["parked"] == 1
    assert summary["callbacks"]["duplicate"] == 1


def the_service_killed_with_kill_9_comes_back_and_forgets_nothing(whole: Whole) -> None:
    before = whole.hand.summary()["callbacks"]
    os.kill(whole.up.pids["layanan"], signal.SIGKILL)
    ends = time.monotonic() + 60
    while not is_answering(f"{whole.up.at.service}/healthz") and time.monotonic() < ends:
        whole.up.revive()
        time.sleep(0.2)
    assert whole.hand.summary()["callbacks"] == before


def prefect_and_the_logs_know_nobodys_name_number_or_phone(whole: Whole) -> None:
    assert len(list(watched_files(whole.house.home))) > 4
    personal = [SITI["nik"], SITI["no_kk"], SITI["nama"], SITI["alamat"], "081200009901", "6281200009901", MENTOR["nama"]]
    assert leaks_in(whole.house.home, personal) == []

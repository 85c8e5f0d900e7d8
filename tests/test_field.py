"""Who may report from a phone, what becomes of a report, and what does the phone take along?"""

import hashlib
import re

import pytest
from factories import make_case, make_household, make_package, run_step
from fastapi.testclient import TestClient
from field_scene import POINT, field_work, jpeg, qr_jpeg
from sqlmodel import select

from service.db.history import Told, record_beginnings, record_move
from service.db.tables import HandoverConflict, InboundMessage, OutboundMessage, Parcel
from service.delivery.codes import code_in, new_code, qr_text
from service.delivery.steps import STEPS
from service.doors import DOORS
from service.lifecycle import Subject
from service.messages.inbox import apply_parked
from service.trust.accounts import add_user, make_session

ID = "8f14e45f-ceea-467f-9c1b-3a1d2b5c7e90"
ROUTES = (("GET", ""), ("GET", "/bekal"), ("GET", "/kunci"), ("POST", "/berkas"), ("POST", "/laporan"), ("POST", "/pindai"))


@pytest.fixture
def field(database, home):
    return field_work(database, home)


def _kicks(field):
    with field.database.read() as session:
        return session.exec(select(OutboundMessage).where(OutboundMessage.kind == "kick")).all()


# -- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_and_no_other_role_gets_in(field, method, path):
    stranger = TestClient(field.app, follow_redirects=False)
    assert stranger.request(method, f"/lapangan{path}").status_code == 401
    for role in ("operator", "verifier", "auditor"):
        browser = field.phone(role).browser
        answer = browser.request(method, f"/lapangan{path}", headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 403, (role, path)


def test_a_report_needs_the_token_of_its_own_login(field):
    phone = field.phone()
    body = {"id": ID, "type": "parcel.absent", "data": {"parcel": field.numbers[0], "at": "2021-11-18T03:00:00Z"}}
    assert phone.browser.post("/lapangan/laporan", json=body).status_code == 403
    other = field.phone("fas-f02").key()
    assert phone.browser.post("/lapangan/laporan", json=body, headers=other).status_code == 403
    assert field.parcel(field.numbers[0]).status == "at_point"


def test_an_account_without_a_device_of_its_name_is_told_to_ask(field):
    with field.database.write() as session:
        field.sessions["tamu"] = make_session(session, add_user(session, "tamu", "Tamu", ["facilitator"]).id)
    answer = field.phone("tamu").browser.get("/lapangan/bekal")
    assert (answer.status_code, "belum terhubung" in answer.json()["detail"]) == (403, True)
    assert field.phone("tamu").report("absent", field.numbers[0], ID).status_code == 403


def test_somebody_from_another_regency_neither_sees_nor_reports_the_households(field):
    far = field.phone("fas-f09")
    assert far.browser.get("/lapangan/bekal").json()["parcels"] == []
    answer = far.report("absent", field.numbers[0], ID)
    assert (answer.status_code, field.parcel(field.numbers[0]).status) == (403, "at_point")


def test_an_account_for_one_regency_reports_no_parcel_of_another(field):
    from service.trust.queries import user_by_login

    with field.database.write() as session:
        user_by_login(session, "fas-f01").regencies = ["36.02"]
    answer = field.phone().report("absent", field.numbers[0], ID)
    assert (answer.status_code, "di luar wilayah" in answer.json()["detail"]) == (403, True)


def test_whoever_works_in_the_field_is_at_home_on_that_page(field):
    answer = field.phone().browser.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/lapangan")
    assert field.phone("operator").browser.get("/", headers={"accept": "text/html"}).status_code == 200
    stranger = TestClient(field.app, follow_redirects=False)
    assert stranger.get("/lapangan", headers={"accept": "text/html"}).headers["location"] == "/masuk?lanjut=%2Flapangan"


# -- the shell ----------------------------------------------------------------------------------------------------------


def test_the_page_may_use_camera_and_place_and_no_script_but_its_own(field):
    answer = field.phone().browser.get("/lapangan")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["permissions-policy"] == "camera=(self), geolocation=(self), microphone=()"
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    elsewhere = field.phone("operator").browser.get("/acara", headers={"accept": "text/html"})
    assert elsewhere.headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"
    assert "script-src" not in elsewhere.headers["content-security-policy"]


def test_every_file_the_worker_keeps_exists_and_the_shell_says_nothing_personal(field):
    browser = field.phone().browser
    worker = browser.get("/lapangan/kerja.js")
    assert worker.headers["service-worker-allowed"] == "/lapangan"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    files = re.search(r"const FILES = (\[.*?\]);", worker.text).group(1)
    for name in re.findall(r'"([^"]+)"', files):
        assert browser.get(f"/static/lapangan/{name}").status_code == 200, name
    manifest = browser.get("/static/lapangan/manifest.json").json()
    assert (manifest["start_url"], manifest["scope"]) == ("/lapangan", "/lapangan")
    assert all(browser.get(icon["src"]).status_code == 200 for icon in manifest["icons"])
    page = browser.get("/lapangan").text
    assert "fas-f01" not in page
    assert "Warga" not in page


def test_an_unchanged_file_is_not_loaded_twice(field):
    browser = field.phone().browser
    first = browser.get("/static/estafet.css")
    again = browser.get("/static/estafet.css", headers={"if-none-match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code, again.content) == ("no-cache", 304, b"")


def test_the_phone_takes_along_the_whole_event_and_no_personal_number(field):
    told = field.phone().browser.get("/lapangan/bekal")
    taken = told.json()
    assert {row["number"]: row["mine"] for row in taken["parcels"]} == {
        **dict.fromkeys(field.numbers, True), **dict.fromkeys(field.colleagues, False),
    }  # fmt: skip
    [event] = taken["events"]
    assert (event["place"], event["hours"], taken["ahead_ms"]) == ("Kantor Camat Sumur", "08.00-16.00", 0)
    items = {item["name"]: (item["count"], item["test"]) for pack in taken["packages"].values() for item in pack["items"]}
    assert items == {"Beras 5 kg": (10, False), "Minyak goreng 1 l": (24, False), "Mixer": (1, True)}
    assert not re.search(r"\b\d{16}\b", told.text)
    assert "nik" not in told.text.lower()


# -- reports ------------------------------------------------------------------------------------------------------------


def test_a_report_with_everything_is_kept_as_told_and_twice_is_once(field):
    phone, number = field.phone(), field.numbers[0]
    photo, signature, letter = (phone.bring(jpeg(colour)).json()["sha256"] for colour in (1, 2, 3))
    told = {
        "receiver": "proxy", "receiver_name": "Wakil Contoh", "relation": "anak", "authority": letter,
        "items": [{"name": "Mixer", "count": 1, "brand": "Contoh", "serial": "SN-99"}], "function_tested": True,
        "photo": photo, "signature": signature, "mark": "signature", "latitude": POINT[0], "longitude": POINT[1],
        "accuracy_m": 12, "note": "lancar",
    }  # fmt: skip
    answers = [phone.report("handed_over", number, ID, **told) for _ in range(2)]
    assert [(a.status_code, a.json()["result"]) for a in answers] == [(202, "applied"), (202, "duplicate")]
    kept = field.parcel(number)
    assert (kept.status, kept.receiver_name, kept.receiver_relation, kept.authority_sha256) == (
        "handed_over", "Wakil Contoh", "anak", letter,
    )  # fmt: skip
    assert (kept.signature_sha256, kept.mark, kept.accuracy_m, kept.photo_sha256) == (signature, "signature", 12, photo)
    assert kept.items == told["items"]
    assert kept.reporter_id is None
    assert kept.reported_at.isoformat() == "2021-11-18T03:00:00+00:00"


def test_a_report_that_came_before_its_goods_waits_for_its_turn(field):
    told = Told("flow:test", field.work.now)
    with field.database.write() as session:
        case = make_case(session, field.work.cycle_id, make_household(session))
        parcel = Parcel(
            number="PKT-2021-00999", cycle_id=case.cycle_id, case_id=case.id, district_code=case.district_code,
            package_id=make_package(session, case.cycle_id).id, facilitator_id=field.partner("fas-f01").id,
            status_since=told.at,
        )  # fmt: skip
        session.add(parcel)
        session.flush()
        record_beginnings(session, Subject.PARCEL, [parcel.id], case.cycle_id, told)
        parcel_id = parcel.id
    assert field.phone().report("absent", "PKT-2021-00999", ID).json()["result"] == "parked"
    with field.database.write() as session:
        record_move(session, Subject.PARCEL, parcel_id, "arrived", told)
    assert apply_parked(field.database, DOORS, field.work.now) == 1
    assert field.parcel("PKT-2021-00999").status == "absent"


def test_a_photo_that_comes_after_its_report_wakes_the_rules(field):
    phone, content = field.phone(), jpeg(7)
    sha256 = hashlib.sha256(content).hexdigest()
    assert phone.report("handed_over", field.numbers[0], ID, receiver="self", photo=sha256).status_code == 202
    run_step(field.work, "delivery", STEPS, "verify_handovers")
    assert "PHOTO_NOT_STORED" in field.parcel(field.numbers[0]).doubts
    with field.database.write() as session:
        for kick in session.exec(select(OutboundMessage).where(OutboundMessage.kind == "kick")):
            kick.attempts = 1
    before = len(_kicks(field))
    assert phone.bring(jpeg(8)).status_code == 201
    assert len(_kicks(field)) == before
    assert phone.bring(content).json() == {"sha256": sha256}
    assert [kick.body["stage"] for kick in _kicks(field)[before:]] == ["delivery"]
    run_step(field.work, "delivery", STEPS, "verify_handovers")
    assert "PHOTO_NOT_STORED" not in field.parcel(field.numbers[0]).doubts


def test_every_wrong_field_is_named_and_nothing_is_kept(field):
    phone = field.phone()
    wrong = {"receiver": "tetangga", "accuracy_m": -1, "photo": "x", "items": [{"name": "", "count": -1}]}
    answer = phone.report("handed_over", field.numbers[0], ID, **wrong)
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["faults"]} == {
        "data.receiver", "data.accuracy_m", "data.photo", "data.items.0.name", "data.items.0.count",
    }  # fmt: skip
    outside = phone.browser.post("/lapangan/laporan", json={"id": "x", "type": "visit.recorded"}, headers=phone.key())
    assert {fault["field"] for fault in outside.json()["faults"]} == {"id", "type", "data"}
    assert phone.report("absent", "PKT-2021-99999", ID).status_code == 404
    for nonsense in (b"\xff", b"[]", b'{"id": NaN}'):
        assert phone.browser.post("/lapangan/laporan", content=nonsense, headers=phone.key()).status_code == 422
    nul = phone.report("absent", field.numbers[0], ID, note="a\0b")
    assert nul.status_code == 422
    with field.database.read() as session:
        assert session.exec(select(InboundMessage)).all() == []


def test_files_that_are_no_pictures_or_too_large_are_refused(field):
    phone = field.phone()
    assert phone.bring(b"bukan foto").status_code == 422
    assert phone.bring(b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
    huge = phone.report("absent", field.numbers[0], ID, note="x" * 70_000)
    assert huge.status_code == 413


def test_a_colleague_at_the_same_counter_reports_and_is_named(field):
    answer = field.phone("fas-f02").report("handed_over", field.numbers[0], ID, receiver="self")
    assert answer.json()["result"] == "applied"
    kept = field.parcel(field.numbers[0])
    assert (kept.status, kept.reporter_id) == ("handed_over", field.partner("fas-f02").id)
    with field.database.read() as session:
        assert session.exec(select(HandoverConflict)).all() == []


# -- codes --------------------------------------------------------------------------------------------------------------


def test_a_frame_of_the_camera_is_read_and_says_only_the_code(field):
    phone = field.phone()
    code = field.parcel(field.numbers[0]).code

    def scan(content):
        return phone.browser.post("/lapangan/pindai", content=content, headers=phone.key())

    assert scan(qr_jpeg(qr_text(code))).json() == {"code": code}
    assert scan(qr_jpeg("https://jahat.example/")).json() == {"code": None}
    assert scan(jpeg()).json() == {"code": None}
    assert scan(b"bukan gambar").status_code == 422
    assert scan(b"x" * (512 * 1024 + 1)).status_code == 413


def test_codes_are_random_unambiguous_and_read_however_typed():
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 11 and not set(code) & set("0O1IL5S2Z8B") for code in codes)
    code = min(codes)
    assert code_in(qr_text(code)) == code_in(code.lower()) == code_in(f"{code[:4]}-{code[4:8]} {code[8:]}") == code
    assert code_in("3601014506800001") is None
    assert code_in(code + "A") is None

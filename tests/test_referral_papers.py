"""Does a letter go from draft over marks to signature, show itself before, tell what its receiver may see, and give way?"""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
import zxingcpp
from factories import make_officer, make_ready_case, told_by
from fastapi.testclient import TestClient
from handoff_scenes import APPROVER, OPERATOR, Scene, make_agency, make_scene
from letter_samples import as_draft, close, company_referral, first_page, referral, sheet, text_of
from outsider import house_of
from sqlmodel import select

from service import clock
from service.api.app import create_app
from service.db.tables import Household, Letter, Referral, ReferralBatch
from service.errors import NotNow
from service.handoff.consents import LEAST_FIELDS
from service.handoff.decisions import InitialsMissing, NothingToSign, initial_batch, revise_referral, sign_batch
from service.handoff.papers import NoMarkNeeded, place_of
from service.handoff.previews import NoDraft, cover_draft, sheet_draft
from service.handoff.queries.letters import sheets
from service.handoff.sheets import Frame, cover_values, sheet_values
from service.letters import check_letter, letter_frame, render
from service.policy import CyclePolicy, ReferralRules
from service.trust.rights import MakerIsChecker, NoRight

TWO_MARKS = CyclePolicy(referral=ReferralRules(initials_needed=2, copies=("Gubernur Banten (sebagai laporan)",)))
FIRST, SECOND = make_officer("verifier", "kasi"), make_officer("verifier", "kabid")


def mark(scene: Scene, officer, seen: int | None = None) -> ReferralBatch:
    with scene.database.write() as session:
        told = told_by(officer, clock.now(scene.home))
        return initial_batch(session, officer, session.get_one(ReferralBatch, 1), told, seen)


def sign(scene: Scene, officer=APPROVER) -> ReferralBatch:
    with scene.database.write() as session:
        return sign_batch(session, officer, session.get_one(ReferralBatch, 1), told_by(officer, clock.now(scene.home)))


def place(scene: Scene) -> str:
    hops = [one.id for one in scene.referrals() if one.status == "drafted"]
    return place_of(scene.batches()[0], hops, TWO_MARKS.referral.initials_needed).label


@pytest.fixture
def scene(database, home) -> Scene:
    made = make_scene(database, home, households=2, policy=TWO_MARKS)
    made.run()
    return made


def test_a_letter_goes_from_draft_over_two_marks_to_signature_and_out(scene):
    places = [place(scene)]
    for officer in (FIRST, SECOND):
        mark(scene, officer)
        places.append(place(scene))
    sign(scene)
    places.append(place(scene))
    scene.run()
    places.append(place(scene))
    assert places == [
        "Konsep, diparaf 0 dari 2", "Konsep, diparaf 1 dari 2", "Diparaf, menunggu tanda tangan", "Ditandatangani", "Dikirim",
    ]  # fmt: skip
    assert [made["by"] for made in scene.batches()[0].initials] == [FIRST.actor, SECOND.actor]


def test_without_all_marks_nothing_is_signed_and_no_number_is_lost(scene):
    mark(scene, FIRST)
    with pytest.raises(InitialsMissing, match="1 dari 2"):
        sign(scene)
    mark(scene, SECOND)
    assert str(sign(scene).letter_number).startswith("400.9.14.6/0001")


def test_nobody_marks_twice_too_much_or_what_he_drafted_and_who_marked_does_not_sign(scene):
    with pytest.raises(NoRight):
        mark(scene, OPERATOR)
    mark(scene, FIRST)
    with pytest.raises(NoMarkNeeded, match="sudah memaraf"):
        mark(scene, FIRST)
    mark(scene, APPROVER)
    with pytest.raises(NoMarkNeeded, match="tidak memerlukan"):
        mark(scene, SECOND)
    with pytest.raises(MakerIsChecker):
        sign(scene)
    sign(scene, make_officer("approver", "kepala"))
    with pytest.raises(NothingToSign):
        mark(scene, SECOND)


def test_marks_over_a_shorter_list_fall_away_when_households_join(scene):
    mark(scene, FIRST)
    with scene.database.write() as session:
        make_ready_case(session, scene.cycle_id)
    scene.run()
    assert place(scene) == "Konsep, diparaf 0 dari 2"
    with pytest.raises(NotNow, match="dilihat 2, sekarang 3"):
        mark(scene, FIRST, seen=2)
    mark(scene, FIRST, seen=3)
    assert place(scene) == "Konsep, diparaf 1 dari 2"


def test_two_marks_at_the_same_moment_are_both_kept(scene):
    start = threading.Barrier(2)

    def at_once(officer) -> None:
        start.wait()
        mark(scene, officer)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, (FIRST, SECOND)))
    assert {made["by"] for made in scene.batches()[0].initials} == {FIRST.actor, SECOND.actor}


DRAFTED = {
    "letter": ("referral", referral(60)), "sheet": ("referral_sheet", sheet()),
    "to a company": ("referral", company_referral(4)),
}  # fmt: skip


@pytest.mark.parametrize(("template", "values"), DRAFTED.values(), ids=DRAFTED)
def test_a_draft_is_the_same_letter_but_for_number_code_and_mark(template, values):
    draft, letter = render(template, as_draft(values)), render(template, values)
    assert [_compared(page) for page in _pages(draft)] == [_compared(page) for page in _pages(letter)]
    assert not zxingcpp.read_barcodes(first_page(draft))
    assert all("KONSEP" in page for page in _pages(draft))
    assert "KONSEP" not in text_of(letter)


def _pages(pdf: bytes) -> list[str]:
    return text_of(pdf, "-raw").rstrip("\f").split("\f")


def _compared(page: str) -> str:
    """A page's text without what a draft has instead: mark, number, and the note at the foot of the first page."""
    text = close(page).replace("KONSEP", "").replace("(diberikansaatditandatangani)", "#")
    text = text.replace("400.9.14.6/0001-DINSOS/2021", "#")
    text = re.sub(r"Konsep,belumbernomor.*?suratditandatangani\.", "", text)
    return re.sub(r"Suratiniberlakusetelah.*?/v/[a-z0-9]{32}", "", text)


def test_what_an_officer_previews_is_what_will_be_signed(scene):
    with scene.database.read() as session:
        batch = session.get_one(ReferralBatch, 1)
        values = cover_draft(session, batch, scene.home, "http://estafet.test")
        one = sheet_draft(session, batch, "RJK-2021-00001", scene.home, "http://estafet.test", scene.work.sealer)
    assert [row["number"] for row in values["rows"]] == ["RJK-2021-00001", "RJK-2021-00002"]
    assert "number" not in values
    assert "code" not in values
    assert "Warga Contoh" in text_of(render("referral", values))
    assert "Gubernur Banten" in text_of(render("referral", values))
    assert "RJK-2021-00001" in text_of(render("referral_sheet", one))
    for officer in (FIRST, SECOND):
        mark(scene, officer)
    sign(scene)
    with scene.database.read() as session, pytest.raises(NoDraft):
        cover_draft(session, session.get_one(ReferralBatch, 1), scene.home, "http://estafet.test")


def test_a_revised_referral_gets_a_new_sheet_and_whoever_checks_the_old_one_is_led_to_it(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    codes = []
    for turn in range(3):
        with database.read() as session:
            row = session.exec(select(Referral)).one()
            codes.append(session.get_one(Letter, row.letter_id).code)
        if turn == 2:
            break
        scene.reply(row, "acknowledged", register_number="503/77")
        scene.reply(row, "declined", reason="MISSING_DOCUMENT")
        with database.write() as session:
            revise_referral(session, OPERATOR, session.get_one(Referral, row.id), "KTP dilampirkan", scene.told(OPERATOR.actor))
        scene.run()
    with database.read() as session:
        newer = [check_letter(session, home, code).newer_code for code in codes]
        newest = session.exec(select(Letter).where(Letter.code == codes[2])).one()
    assert newer == [codes[2], codes[2], None]
    text = text_of((home / newest.file).read_bytes())
    assert "503/77" in text
    assert "400.9.14.6/0001-DINSOS/2021" in text
    page = TestClient(create_app(house_of(database, home), sends=False)).get(f"/v/{codes[0]}").text
    assert f"/v/{codes[2]}" in page
    assert "sudah diganti" in page


def test_a_company_is_told_the_least_and_an_office_the_services_asked_for(database, home):
    scene = make_scene(database, home)
    scene.run()
    with database.write() as session:
        agency = make_agency(session, "pt-pelampung", agency_kind="company")
        house = session.exec(select(Household)).one()
        house.product, house.monthly_capacity = "Rompi pelampung", 400
    with database.read() as session:
        (office,) = sheets(session, [scene.referrals()[0].id])
    frame = letter_frame(CyclePolicy().letterhead, public_url="http://estafet.test")
    run = Frame(frame, CyclePolicy(), 2021, scene.work.sealer, date(2021, 6, 2))
    office.referral.services = ["NIB", "HALAL"]
    assert sheet_values(office, run, None)["needs"] == ["Pendaftaran NIB", "Sertifikat halal (pernyataan sendiri)"]
    assert cover_values([office], run, None)["rows"][0]["needs"].startswith("Pendaftaran NIB, Sertifikat halal")
    company = replace(office, agency=agency)
    company.referral.services = ["OFF_TAKER"]
    cover, own = cover_values([company], run, None), sheet_values(company, run, None)
    assert own["shown"] == list(LEAST_FIELDS)
    hidden = {"nik", "household", "birth_on", "birth_place", "address", "village", "business", "package", "movement", "sex"}
    assert not hidden & own.keys()
    text = text_of(render("referral_sheet", own)) + text_of(render("referral", cover))
    assert "Rompi pelampung" in text
    assert "Pembeli tetap" in text
    assert "Kp. Contoh" not in text
    assert "Paket" not in text
    assert "UEP" not in text

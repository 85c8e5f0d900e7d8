"""Is every household invited to a day it can trust, and does everybody learn when something changes?"""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import page as pdf_page
import pytest
import zxingcpp
from factories import SEALER, make_officer, make_parcel_at_point, make_partner, run_step, told_by, work_of
from field_scene import field_work
from letter_samples import close, first_page, text_of
from page_scene import HTML, token_on
from sqlmodel import select

from service import clock
from service.clock import WIB
from service.db.history import record_move
from service.db.tables import AccessRecord, Case, Household, OutboundMessage, Parcel
from service.delivery.changing import (
    Change,
    DayNotPossible,
    EventBegan,
    EventUnknown,
    NoSuchFacilitator,
    PlaceNotPossible,
    change_event,
    reassign,
)
from service.delivery.codes import code_in
from service.delivery.events import Venue
from service.delivery.invitations import Occasion, invitation_text, whatsapp_link
from service.delivery.queries import attending
from service.delivery.steps import STEPS
from service.lifecycle import Subject
from service.trust.rights import NoRight, OutsideRegion
from service.working_days import add_working_days, is_working_day

OPERATOR = make_officer("operator")


@pytest.fixture
def field(database, home):
    return field_work(database, home)


def _today(field):
    return clock.today(field.home)


def _change(field, officer=OPERATOR, number=None, **wish):
    held_on = wish.pop("held_on", None) or add_working_days(_today(field), 9)
    with field.database.write() as session:
        event = change_event(
            session, officer, number or field.event().number, Change(held_on, **wish), _today(field), told_by(officer)
        )
        return event.held_on


def _told(field, kind):
    with field.database.read() as session:
        rows = session.exec(select(OutboundMessage).where(OutboundMessage.type == kind).order_by(OutboundMessage.id)).all()
        return {row.address.removeprefix("https://").removesuffix(".example"): row.body for row in rows}


# -- planning -----------------------------------------------------------------------------------------------------------


def test_an_event_has_hours_of_the_policy_and_every_household_a_code_of_its_own(field):
    event = field.event()
    hours = [moment.astimezone(WIB) for moment in (event.opens_at, event.closes_at)]
    assert hours == [datetime(event.held_on.year, event.held_on.month, event.held_on.day, hour, tzinfo=WIB) for hour in (8, 16)]
    codes = [field.parcel(number).code for number in field.numbers + field.colleagues]
    assert len(set(codes)) == 5
    assert all(code_in(code) == code for code in codes)
    told = _told(field, "event.planned")
    assert set(told) == {"fas-f01", "fas-f02"}
    assert told["fas-f01"]["opens_at"].startswith(f"{event.held_on}T08:00")


def test_a_household_keeps_its_code_at_its_second_event(field):
    number = field.numbers[0]
    before = field.parcel(number)
    with field.database.write() as session:
        record_move(session, Subject.PARCEL, before.id, "absent", told_by(OPERATOR), absences=1)
    run_step(field.work, "delivery", STEPS, "plan_second_events")
    after = field.parcel(number)
    assert (after.code, after.event_id != before.event_id) == (before.code, True)


# -- changing -----------------------------------------------------------------------------------------------------------


def test_a_new_day_and_place_hold_for_everybody_and_every_facilitator_is_told_again(field):
    day = _change(field, place="Balai Desa Sumberjaya", latitude=-6.31, longitude=106.11)
    event = field.event()
    assert (event.held_on, event.place, event.changed_at is not None) == (day, "Balai Desa Sumberjaya", True)
    assert event.opens_at.astimezone(WIB).date() == event.closes_at.astimezone(WIB).date() == day
    told = _told(field, "event.changed")
    assert set(told) == {"fas-f01", "fas-f02"}
    assert (told["fas-f02"]["point"], told["fas-f02"]["latitude"], told["fas-f02"]["held_on"]) == (
        "Balai Desa Sumberjaya", -6.31, day.isoformat(),
    )  # fmt: skip
    assert [row["parcel"] for row in told["fas-f02"]["parcels"]] == field.colleagues
    taken = field.phone().browser.get("/lapangan/bekal").json()["events"]
    assert (taken[0]["held_on"], taken[0]["place"]) == (day.isoformat(), "Balai Desa Sumberjaya")


def test_a_place_of_its_own_without_coordinates_has_not_those_of_the_point(field):
    _change(field, place="Balai Desa")
    assert _told(field, "event.changed")["fas-f01"]["latitude"] is None


def test_a_day_is_a_working_day_to_come_that_nobody_has_taken(field):
    weekend = next(d for d in (_today(field) + timedelta(n) for n in range(1, 9)) if not is_working_day(d))
    for day in (weekend, _today(field) - timedelta(1)):
        with pytest.raises(DayNotPossible):
            _change(field, held_on=day)
    with field.database.write() as session:
        make_parcel_at_point(session, field.work.cycle_id)
    run_step(field.work, "delivery", STEPS, "plan_events")
    with field.database.read() as session:
        first, second = attending.event_rows(session, field.work.cycle_id)
    with pytest.raises(DayNotPossible, match=first["number"]):
        _change(field, held_on=first["held_on"], number=second["number"])
    assert _change(field, held_on=second["held_on"], number=second["number"]) == second["held_on"]


@pytest.mark.parametrize(
    "wish",
    [
        {"place": "Balai", "latitude": -6.3},
        {"latitude": -6.3, "longitude": 106.1},
        {"place": "Balai", "latitude": -96.3, "longitude": 106.1},
        {"opens": datetime(2021, 1, 1, 12).time(), "closes": datetime(2021, 1, 1, 9).time()},
    ],
)
def test_half_a_place_and_hours_that_end_before_they_begin_are_refused(field, wish):
    with pytest.raises(PlaceNotPossible):
        _change(field, **wish)
    assert field.event().changed_at is None


def test_an_event_that_began_is_part_of_the_proof_and_is_not_moved(field):
    field.phone().report("absent", field.numbers[0], "report-number-0001", at=f"{field.event().held_on}T03:00:00Z")
    with pytest.raises(EventBegan, match="1 keluarga"):
        _change(field)


def test_only_an_operator_of_the_region_changes_an_event(field):
    with pytest.raises(NoRight):
        _change(field, make_officer("verifier"))
    with pytest.raises(OutsideRegion):
        _change(field, make_officer("operator", "jauh", ("36.02",)))
    with pytest.raises(EventUnknown):
        _change(field, number="ACR-2021-999")


def _reassign(field, away="fas-f01", instead="fas-f02", officer=OPERATOR):
    with field.database.write() as session:
        return reassign(session, officer, field.event().number, away, instead, told_by(officer))


def test_households_of_who_is_away_go_to_a_colleague_and_both_are_told(field):
    field.phone().report("absent", field.numbers[0], "report-number-0001", at="2021-11-18T03:00:00Z")
    assert field.phone().report("handed_over", field.numbers[1], "report-number-0002").json()["result"] == "applied"
    assert _reassign(field) == 2
    other = field.partner("fas-f02").id
    assert [field.parcel(number).facilitator_id == other for number in field.numbers] == [True, False, True]
    told = _told(field, "event.changed")
    assert {row["parcel"] for row in told["fas-f02"]["parcels"]} == {field.numbers[0], field.numbers[2], *field.colleagues}
    assert [row["parcel"] for row in told["fas-f01"]["parcels"]] == [field.numbers[1]]
    with pytest.raises(NoSuchFacilitator, match="masih menunggu"):
        _reassign(field)


def test_who_has_nothing_left_learns_that_too(field):
    _reassign(field)
    assert _told(field, "event.changed")["fas-f01"]["parcels"] == []


@pytest.mark.parametrize(
    ("away", "instead"), [("fas-f01", "fas-f09"), ("fas-f09", "fas-f02"), ("fas-f01", "fas-f01"), ("fas-f01", "")]
)
def test_only_a_facilitator_of_the_same_regency_steps_in(field, away, instead):
    with pytest.raises(NoSuchFacilitator):
        _reassign(field, away, instead)


def test_a_facilitator_without_a_regency_belongs_where_the_households_name_it(field):
    with field.database.write() as session:
        make_partner(session, "facilitator", "fas-f03", None)
        make_partner(session, "facilitator", "fas-f04", None)
        session.exec(select(Household)).first().facilitator_code = "F03"
    with field.database.read() as session:
        assert [p.sender for p in attending.facilitators_of(session, "36.01")] == ["fas-f01", "fas-f02", "fas-f03"]


# -- invitations and papers -----------------------------------------------------------------------------------------------


def test_an_invitation_says_when_where_and_what_to_bring_and_links_to_the_own_phone():
    occasion = Occasion("Rabu, 24 November 2021", "08.00-16.00 WIB", Venue("Kantor Camat", "Jl. Contoh 1"), "Sumur")
    text = invitation_text("Siti", "ACDEFGHJKMN", occasion)
    for words in (
        "Yth. Bapak/Ibu Siti",
        "Rabu, 24 November 2021",
        "08.00-16.00 WIB",
        "Kantor Camat, Jl. Contoh 1",
        "KTP",
        "(KK)",
    ):
        assert words in text
    link = urlsplit(whatsapp_link("+6281255509901", text))
    assert (link.netloc, link.path) == ("wa.me", "/6281255509901")
    assert parse_qs(link.query)["text"] == [text]
    assert Occasion("x", "", Venue(None), "Sumur").place == "Kantor Kecamatan Sumur"


@pytest.fixture
def invited(field):
    """The first household has a phone, the others none."""
    with field.database.write() as session:
        case = session.get_one(Case, field.parcel(field.numbers[0]).case_id)
        person = session.get_one(Household, case.household_id)
        person.phone_sealed = SEALER.seal("phone", "+6281255509901")
    return field


def test_opening_the_invitations_needs_a_reason_and_is_kept_for_each_household(invited):
    number, browser = invited.event().number, invited.phone("operator").browser
    page = browser.get(f"/acara/{number}", headers=HTML)
    assert "wa.me" not in page.text
    form = {"csrf": token_on(page)}
    refused = browser.post(f"/acara/{number}/undangan", data=form, headers=HTML)
    assert (refused.status_code, 'id="alasan-undangan-salah"' in refused.text) == (422, True)
    shown = browser.post(f"/acara/{number}/undangan", data=form | {"alasan": "mengundang keluarga"}, headers=HTML)
    assert shown.text.count("https://wa.me/6281255509901?text=") == 1
    assert shown.text.count("lewat pendamping") == 4
    assert not re.search(r"\b\d{16}\b", shown.text)
    with invited.database.read() as session:
        [record] = session.exec(select(AccessRecord))
    assert (record.field, record.reason) == ("phone", "mengundang keluarga")
    for role in ("fas-f01",):
        answer = invited.phone(role).browser.post(f"/acara/{number}/undangan", data=form, headers=HTML)
        assert answer.status_code == 403


def test_the_attendance_list_has_a_row_and_a_code_for_each_household_and_no_personal_number(invited):
    number = invited.event().number
    answer = invited.phone("auditor").browser.get(f"/acara/{number}/daftar-hadir.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text = close(text_of(answer.content))
    assert text.count("WargaContoh") == 5
    assert "DAFTARHADIR" in text
    assert "CONTOHDATASINTETIS" not in text
    assert not re.search(r"\d{16}|\+62", text)
    read = {code_in(found.text) for found in zxingcpp.read_barcodes(first_page(answer.content, 200))}
    assert read == {invited.parcel(n).code for n in invited.numbers + invited.colleagues}
    for profile in ("2a", "ua1"):
        assert pdf_page.validate_pdf_bytes(answer.content, profile=profile).is_compliant


def test_the_slips_to_cut_out_are_the_same_codes_and_accessible(invited):
    number = invited.event().number
    answer = invited.phone("operator").browser.get(f"/acara/{number}/undangan.pdf")
    text = close(text_of(answer.content))
    assert all(invited.parcel(n).code in text for n in invited.numbers)
    for profile in ("2a", "ua1"):
        assert pdf_page.validate_pdf_bytes(answer.content, profile=profile).is_compliant


def test_papers_of_a_demo_home_carry_its_mark_and_an_empty_event_has_none(invited):
    (invited.home / clock.HOME_FILE).write_text('{"kind": "demo"}')
    number, browser = invited.event().number, invited.phone("operator").browser
    assert "CONTOHDATASINTETIS" in close(text_of(browser.get(f"/acara/{number}/daftar-hadir.pdf").content))
    with invited.database.write() as session:
        for parcel in session.exec(select(Parcel)):
            parcel.event_id = None
    assert browser.get(f"/acara/{number}/daftar-hadir.pdf").status_code == 409


# -- pages ----------------------------------------------------------------------------------------------------------------


def test_the_list_of_events_counts_filters_by_regency_and_turns_pages(field, monkeypatch):
    with field.database.write() as session:
        make_parcel_at_point(session, field.work.cycle_id, village="36.01.02.2001")
    run_step(work_of(field.database, field.home, field.work.cycle_id), "delivery", STEPS, "plan_events")
    browser = field.phone("operator").browser
    listed = browser.get("/acara", headers=HTML).text
    assert re.findall(r'href="/acara/(ACR-[^"]+)"', listed) == ["ACR-2021-001", "ACR-2021-002"]
    assert "Belum ada acara" in browser.get("/acara?wilayah=36.02", headers=HTML).text
    monkeypatch.setattr(attending, "PAGE", 1)
    first = browser.get("/acara", headers=HTML).text
    onward = re.search(r'href="(/acara\?[^"]+)" rel="next"', first).group(1).replace("&amp;", "&")
    second = browser.get(onward, headers=HTML).text
    assert [re.findall(r'href="/acara/(ACR-[^"]+)"', text) for text in (first, second)] == [["ACR-2021-001"], ["ACR-2021-002"]]
    assert browser.get("/acara?setelah=entah", headers=HTML).status_code == 200


def test_an_event_is_changed_and_reassigned_on_its_page(field):
    number, browser = field.event().number, field.phone("operator").browser
    page = browser.get(f"/acara/{number}", headers=HTML)
    assert page.text.count("Warga Contoh") == 5
    csrf = {"csrf": token_on(page)}
    wrong = browser.post(f"/acara/{number}/ubah", data=csrf | {"tanggal": "kapan-kapan", "tempat": "Balai"}, headers=HTML)
    assert (wrong.status_code, 'id="tanggal-salah"' in wrong.text, 'value="Balai"' in wrong.text) == (422, True, True)
    day = add_working_days(_today(field), 6)
    wish = {
        "tanggal": day.isoformat(),
        "buka": "09:00",
        "tutup": "15:30",
        "tempat": "Balai",
        "lintang": "-6,3",
        "bujur": "106.1",
    }
    done = browser.post(f"/acara/{number}/ubah", data=csrf | wish, headers=HTML)
    assert done.headers["location"] == f"/acara/{number}?sudah=acara-diubah"
    shown = browser.get(f"/acara/{number}", headers=HTML).text
    assert "09.00-15.30 WIB" in shown
    assert field.event().latitude == -6.3
    other = browser.post(f"/acara/{number}/alihkan", data=csrf | {"dari": "fas-f01", "kepada": "fas-f09"}, headers=HTML)
    assert (other.status_code, 'id="kepada-salah"' in other.text) == (422, True)
    done = browser.post(f"/acara/{number}/alihkan", data=csrf | {"dari": "fas-f01", "kepada": "fas-f02"}, headers=HTML)
    assert done.status_code == 303
    seen = field.phone().browser.get(f"/acara/{number}", headers=HTML).text
    assert "Alihkan keluarga" not in seen
    assert "Buka teks undangan" not in seen
    assert browser.get("/acara/ACR-2021-999", headers=HTML).status_code == 404


def test_an_officer_of_another_regency_sees_neither_event_nor_papers(field):
    from service.trust.queries import user_by_login

    with field.database.write() as session:
        user_by_login(session, "uji-auditor").regencies = ["36.02"]
    browser = field.phone("auditor").browser
    number = field.event().number
    assert "Belum ada acara" in browser.get("/acara", headers=HTML).text
    for path in (f"/acara/{number}", f"/acara/{number}/daftar-hadir.pdf", f"/acara/{number}/undangan.pdf"):
        assert browser.get(path).status_code == 403

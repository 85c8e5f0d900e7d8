"""Can an officer read all that partners told us, let a kept report have its effect, and send a dead letter again?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import NOW
from page_scene import token_on
from sqlmodel import select

from service.clock import wall
from service.db.history import Told, record_move
from service.db.tables import InboundMessage, Move, OutboundMessage, Partner, Referral
from service.errors import NotFound
from service.lifecycle import Subject
from service.messages.queries import count_refused
from service.messages.redriving import AppliedAlready, redrive
from service.trust.accounts import officer_by_login
from service.trust.rights import NoRight

NUMBER = "RJK-2021-00001"


def _keep(full, event="acknowledged", result="late", count=1, **data):
    """Messages kept with this result about the one referral; the id of the last."""
    with full.database.write() as session:
        referral = session.exec(select(Referral)).one()
        for place in range(count):
            body = {"type": f"referral.{event}", "timestamp": NOW.isoformat(), "data": {"referral": NUMBER, **data}}
            message = InboundMessage(
                partner_id=referral.agency_id, webhook_id=f"m-{event}-{place}", type=f"referral.{event}", subject="referral",
                subject_id=referral.id, body=body, told_at=NOW, received_at=NOW + timedelta(minutes=place), result=result,
            )  # fmt: skip
            session.add(message)
        session.flush()
        return message.id


def _dead(full, count):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        session.add_all(
            OutboundMessage(
                kind="webhook", partner_id=agency.id, subject_key=f"referral:{n}", type="referral.sent", body={}, state="dead",
                attempts=9, next_attempt_at=wall(), created_at=NOW, last_error="tidak menjawab",
            )
            for n in range(count)
        )  # fmt: skip


def _status(full):
    with full.database.read() as session:
        return session.exec(select(Referral.status)).one()


def test_the_log_is_filtered_by_what_became_of_it_and_walked_to_its_end(full):
    _keep(full, count=120)
    _keep(full, event="accepted", result="parked")
    browser, address, seen = full.officer("operator"), "/pesan/masuk?hasil=late", []
    while address:
        page = browser.get(address)
        seen += re.findall(r"/pesan/masuk/(\d+)", page.text)
        further = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) == len(set(seen)) == 120
    assert "Terlambat" in page.text
    assert len(re.findall(r"/pesan/masuk/(\d+)", browser.get("/pesan/masuk?hasil=parked").text)) == 1
    assert browser.get("/pesan/masuk?hasil=bohong").status_code == 200


def test_the_log_of_one_partner_holds_only_what_it_said_and_counts_that(full):
    _keep(full, count=2)
    with full.database.read() as session:
        ids = dict(session.exec(select(Partner.sender, Partner.id)).all())
    browser = full.officer("operator")
    own = browser.get(f"/pesan/masuk?mitra={ids['dinkop-a']}").text
    other = browser.get(f"/pesan/masuk?mitra={ids['dinkop-b']}").text
    assert len(re.findall(r"/pesan/masuk/\d+", own)) == 2
    assert "Hanya laporan dinkop-a (contoh)" in own
    assert "Tidak ada laporan seperti itu" in other
    assert re.search(r'Semua <span class="count">0</span>', other)


def test_what_was_turned_away_at_the_door_is_counted_on_the_page(full):
    assert "Ditolak di pintu" not in full.officer("operator").get("/pesan").text
    with full.database.write() as session:
        for reason in ("signature", "signature", "sender"):
            count_refused(session, NOW.date(), reason)
    page = full.officer("operator").get("/pesan").text
    assert re.search(r"Ditolak di pintu[^<]*: 3 laporan", page)


def test_one_report_is_shown_as_it_was_told(full):
    number = _keep(full, note="<b>tebal</b>")
    page = full.officer("operator").get(f"/pesan/masuk/{number}").text
    assert "&lt;b&gt;tebal&lt;/b&gt;" in page
    assert NUMBER in page
    assert full.officer("operator").get("/pesan/masuk/999999").status_code == 404


def test_a_report_that_came_too_late_is_applied_once_its_time_has_come_again(full):
    number, browser = _keep(full), full.officer("operator")
    csrf = token_on(browser.get(f"/pesan/masuk/{number}"))
    done = browser.post(f"/pesan/masuk/{number}/proses-ulang", data={"csrf": csrf})
    assert "sudah=proses-applied" in done.headers["location"]
    assert _status(full) == "acknowledged"
    again = browser.post(f"/pesan/masuk/{number}/proses-ulang", data={"csrf": csrf})
    assert again.status_code == 409
    assert "sudah diterapkan" in again.text
    with full.database.read() as session:
        moves = session.exec(select(Move.actor).where(Move.subject == "referral", Move.event == "acknowledged")).all()
    assert moves == ["partner:dinkop-a"]


def test_what_waited_behind_a_driven_report_follows_it(full):
    _keep(full, event="accepted", result="parked")
    number = _keep(full, result="refused")
    with full.database.write() as session:
        operator = officer_by_login(session, "uji-operator")
        assert redrive(session, full.app.state.doors, operator, number, NOW + timedelta(days=1)) == "applied"
    assert _status(full) == "accepted"


def test_what_cannot_follow_stays_as_it_is_and_says_so(full):
    number, unreadable = _keep(full, event="concluded", outcome="ACHIEVED", indicators={"nib_issued": True}), 0
    with full.database.write() as session:
        referral = session.exec(select(Referral)).one()
        for event in ("acknowledged", "declined"):
            record_move(session, Subject.REFERRAL, referral.id, event, Told("partner:dinkop-a", NOW))
    unreadable = _keep(full, event="returned", result="refused", reason="KARENA")
    with full.database.write() as session:
        operator = officer_by_login(session, "uji-operator")
        assert redrive(session, full.app.state.doors, operator, number, NOW) == "late"
        assert redrive(session, full.app.state.doors, operator, unreadable, NOW) == "refused"
    assert _status(full) == "declined"


def test_only_who_may_resend_drives_a_report_again(full):
    number = _keep(full)
    with full.database.write() as session:
        with pytest.raises(NoRight):
            redrive(session, full.app.state.doors, officer_by_login(session, "uji-auditor"), number, NOW)
        with pytest.raises(NotFound):
            redrive(session, full.app.state.doors, officer_by_login(session, "uji-operator"), 999_999, NOW)
    assert "Proses ulang" not in full.officer("auditor").get(f"/pesan/masuk/{number}").text
    assert _status(full) == "sent"


def test_an_applied_report_is_never_applied_again(full):
    number = _keep(full, result="applied")
    with full.database.write() as session, pytest.raises(AppliedAlready):
        redrive(session, full.app.state.doors, officer_by_login(session, "uji-operator"), number, NOW)
    assert _status(full) == "sent"


def test_dead_letters_are_walked_page_by_page_and_sent_again_at_once(full):
    _dead(full, 120)
    browser, address, seen = full.officer("operator"), "/pesan", []
    while address:
        page = browser.get(address)
        seen += re.findall(r'action="/pesan/(\d+)/kirim-ulang"', page.text)
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = further[1] if further else ""
    assert len(seen) == len(set(seen)) == 120
    assert browser.post("/pesan/kirim-ulang-semua", data={"csrf": token_on(page)}).status_code == 303
    with full.database.read() as session:
        states = session.exec(select(OutboundMessage.state, OutboundMessage.attempts)).all()
    assert set(states) == {("waiting", 0)}
    assert "Tidak ada pesan yang gagal" in browser.get("/pesan").text

"""Does a partner's report read in an officer's words, whatever was told, and fit on a phone?"""

from __future__ import annotations

import re

import pytest
from browser_site import CHROMIUM, opened, served
from factories import NOW
from page_scene import Pages
from playwright.sync_api import sync_playwright
from sqlmodel import select

from service.db.session import Database
from service.db.tables import InboundMessage, Referral
from service.doors import DOORS
from service.words import TOLD

NUMBER = "RJK-2021-00001"
SENT_OUT = (
    "order.placed", "order.claimed", "order.claim_settled", "order.due", "event.planned", "event.changed", "referral.sent",
    "referral.withdrawn", "referral.rerouted", "referral.consent_withdrawn", "referral.note",
)  # fmt: skip


def _kept(pages, event):
    with pages.database.write() as session:
        row = session.exec(select(Referral)).one()
        body = {"type": event, "timestamp": NOW.isoformat(), "data": {"referral": NUMBER, "note": "contoh"}}
        message = InboundMessage(
            partner_id=row.agency_id, webhook_id="m-" + "x" * 60, type=event, subject="referral", subject_id=row.id,
            body=body, told_at=NOW, received_at=NOW, result="applied",
        )  # fmt: skip
        session.add(message)
        session.flush()
        return message.id


@pytest.mark.parametrize("event", sorted({*DOORS, *SENT_OUT}))
def test_every_kind_of_message_has_a_word_an_officer_reads(event):
    assert event in TOLD
    assert "." not in TOLD[event]


def test_a_report_is_titled_in_words_with_its_code_beside_and_leads_to_what_it_is_about(database, home):
    pages = Pages(database, home).with_things()
    page = pages.officer("operator").get(f"/pesan/masuk/{_kept(pages, 'referral.outcome_reported')}").text
    assert re.search(r"<h1>([^<]+)</h1>", page)[1] == "Laporan hasil berkala"
    assert ">referral.outcome_reported</code>" in page
    assert f'href="/rujukan/{NUMBER}"' in page
    assert "Waktu menurut mitra" in page
    assert "Dikatakan" not in page
    pages.app.state.prefect.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")
def test_a_report_of_an_unknown_kind_fits_on_a_phone(migrated_sqlite, home):
    file = home / "estafet.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    pages = Pages(Database(f"sqlite:///{file}"), home).with_things()
    number = _kept(pages, "referral.a_kind_of_report_nobody_knows")
    with served(pages) as site, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = opened(site, chromium, f"/pesan/masuk/{number}", "phone", "operator")
        width = page.evaluate("document.documentElement.scrollWidth")
        chromium.close()
    assert width <= 360

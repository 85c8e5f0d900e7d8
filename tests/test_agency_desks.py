"""Does the officer see, agency by agency, which reports are late after the service ended, and what we are late with?"""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from factories import NOW
from outsider import sent_referral
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Consent, OutcomeReport, Partner, Referral
from service.handoff.desks import Desk, desks
from service.handoff.queries.by_agency import Lot, Reports
from service.lifecycle import Subject

FIRST, SECOND = "RJK-2021-00001", "RJK-2021-00002"
SERVED = ("acknowledged", "accepted", "service_started", "concluded")
LATE, NEXT = date(2021, 9, 2), date(2099, 12, 2)


@pytest.fixture
def full(full):
    full.more_referrals(1)
    return full


def _tell(full, number, *events, days=1, **fields):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        for event in events:
            told = Told("partner:dinkop-a", NOW + timedelta(days=days))
            record_move(session, Subject.REFERRAL, row.id, event, told, **(fields if event == events[-1] else {}))


def _conclude(full, number, consent_id=None):
    """Its service ended; the report of month 3 is late, that of month 12 is not."""
    _tell(full, number, *SERVED)
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        row.consent_id = consent_id
        session.add_all(
            OutcomeReport(referral_id=row.id, cycle_id=row.cycle_id, month=month, due_on=day)
            for month, day in ((3, LATE), (12, NEXT))
        )


def _words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def _part(page, name):
    return _words(page.text.split(f'id="{name}"')[1].split("</section>")[0]) if f'id="{name}"' in page.text else ""


def test_a_report_that_is_late_after_the_service_ended_stands_on_both_pages(full):
    _conclude(full, FIRST)
    browser = full.officer("operator")
    said = _words(browser.get("/instansi").text)
    figures = dict(re.findall(r"(Laporan hasil terlambat|Sudah berakhir) (\d+)", said))
    assert figures == {"Laporan hasil terlambat": "1", "Sudah berakhir": "1"}
    assert "dinkop-a (contoh) 1 0 1 1 laporan dinkop-a (contoh)" in said
    part = _part(browser.get("/instansi/dinkop-a"), "laporan")
    assert re.search(rf"{FIRST} [^|]+ Selesai Bulan ke-3 lewat batas 2 Sep 2021", part)
    assert "Bulan ke-12" not in part


def test_whoever_took_the_consent_back_is_not_asked_for(full):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        consent = Consent(
            case_id=row.case_id, purpose="business_development", fields=["name"], source="office",
            recorded_by="user:uji", recorded_at=NOW, given_on=NOW.date(), expires_on=date(2099, 1, 1), withdrawn_at=NOW,
        )  # fmt: skip
        session.add(consent)
        session.flush()
        consent_id = consent.id
    _conclude(full, FIRST, consent_id)
    browser = full.officer("operator")
    assert _part(browser.get("/instansi/dinkop-a"), "laporan") == ""
    assert "2 Sep 2021" not in browser.get("/instansi").text


def test_the_sheet_names_the_report_of_what_has_ended(full):
    _conclude(full, FIRST)
    sheet = full.officer("operator").get("/instansi/dinkop-a/rujukan.xlsx?tahun=2021")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    ended = next(row for row in rows if row[0] == FIRST)
    assert ended[5:8] == ["Sudah berakhir", "melaporkan hasil", "2021-09-02"]


@pytest.mark.parametrize(
    ("reason", "code", "sentence"),
    [
        ("MISSING_DOCUMENT", "COMPLETE_DOCUMENT", "Dokumen perlu dilengkapi pendamping, lalu kirim ulang"),
        ("NO_CAPACITY", None, "Dialihkan ke instansi berikutnya yang masih punya tempat"),
        ("NO_CAPACITY", "AGENCIES_FULL", "Semua instansi yang sesuai sudah penuh"),
        ("CANNOT_REACH", "VISIT_HOUSEHOLD", "Rumah tangga perlu didatangi pendamping; perbarui kontaknya, lalu kirim ulang"),
    ],
)
def test_what_was_declined_says_what_its_reason_asks_and_by_when(full, reason, code, sentence):
    _tell(full, SECOND, "acknowledged", "declined", reason=reason, needs_person=code)
    said = _part(full.officer("operator").get("/instansi/dinkop-a"), "kita")
    assert f"Petugas operasi: {sentence} lewat batas 7 Jun 2021" in said


def test_the_agency_with_our_own_oldest_debt_comes_first(full):
    with full.database.write() as session:
        other = session.exec(select(Partner).where(Partner.sender == "dinkop-b")).one()
        sent_referral(session, other, "RJK-2021-00007")
    _tell(full, "RJK-2021-00007", "acknowledged", "declined", days=-20, reason="OTHER")
    page = full.officer("operator").get("/instansi")
    assert page.text.index("/instansi/dinkop-b") < page.text.index("/instansi/dinkop-a")
    assert "Petugas membaca alasan dan memutuskan lewat batas" in _words(page.text)


def test_an_agency_that_owes_a_report_only_is_sorted_by_its_day():
    lots = [
        Lot(1, "A", "a", "concluded", None, None, 2, 0, NOW),
        Lot(2, "B", "b", "sent", None, None, 1, 0, NOW + timedelta(days=90)),
    ]
    first, second = desks(lots, {1: Reports(date(2021, 7, 1), 2, date(2021, 7, 1))}, {(2, "sent"): date(2021, 9, 1)}, ())
    assert (first.agency, first.next_step, first.due, first.late_reports) == ("A", "melaporkan hasil", date(2021, 7, 1), 2)
    assert isinstance(second, Desk)
    assert second.late_reports == 0

"""Does an agency's page count what letter, mail and balance count, and lie only that with it which lies with it?"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from factories import NOW
from outsider import sent_referral
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import OutcomeReport, Partner, Referral
from service.handoff.queries.accounts import balance_of
from service.lifecycle import Subject

FIRST, SECOND, THIRD = "RJK-2021-00001", "RJK-2021-00002", "RJK-2021-00003"


@pytest.fixture
def full(full):
    full.more_referrals(2)
    return full


def _tell(full, number, *events):
    told = Told("partner:dinkop-a", NOW + timedelta(days=1))
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        for event in events:
            record_move(session, Subject.REFERRAL, row.id, event, told)


def _page(full, at=""):
    return full.stranger().get(f"/r/{full.links['agency']}{at}")


def _words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def _line(page):
    stages = page.text.split('<ol class="relay">')[1].split("</ol>")[0].split("<li ")[1:]
    return [_words(stage.split("</svg>")[-1]) for stage in stages]


def test_what_was_handed_on_or_declined_stays_counted_and_does_not_lie_here(full):
    _tell(full, SECOND, "acknowledged", "declined")
    _tell(full, THIRD, "deadline_passed", "rerouted")
    page = _page(full)
    sent, told, *_ = _line(page)
    assert sent == "Dikirim 3 1 di sini"
    assert told == "Diterima 1 tidak ada di sini"
    ends = _words(page.text.split('<ul class="ends">')[1].split("</ul>")[0])
    assert ends == "Ditolak instansi 1 Dialihkan ke instansi lain 1"
    with full.database.read() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        account = balance_of(session, row.cycle_id, agency_id=row.agency_id)[0]
    assert account.sent == 3


def test_one_that_concluded_as_served_before_was_never_served_here(full):
    _tell(full, FIRST, "acknowledged", "declined", "already_served")
    line = _line(_page(full))
    assert line[2:] == ["Disanggupi 0 belum sampai", "Dilayani 0 belum sampai", "Selesai 1 sampai tujuan"]


def test_what_was_taken_back_before_it_was_sent_is_unknown_behind_the_link(full):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        sent_referral(session, agency, "RJK-2021-00009", upto="drafted")
    _tell(full, "RJK-2021-00009", "withdrawn")
    _tell(full, FIRST, "withdrawn")
    page = _page(full)
    assert "RJK-2021-00009" not in page.text
    assert "Sudah dijawab (1)" in page.text
    assert _page(full, "?rujukan=RJK-2021-00009").status_code == 404
    assert _page(full, f"?rujukan={FIRST}").status_code == 200


def test_who_still_owes_a_report_is_not_told_that_nothing_waits(full):
    for number in (FIRST, SECOND, THIRD):
        _tell(full, number, "acknowledged", "accepted", "service_started", "concluded")
    assert "Tidak ada rujukan yang menunggu Anda" in _page(full).text
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        session.add(OutcomeReport(referral_id=row.id, cycle_id=row.cycle_id, month=3, due_on=date(2021, 9, 2)))
    page = _page(full).text
    assert "Laporan hasil yang diminta (1)" in page
    assert "Tidak ada rujukan yang menunggu Anda" not in page

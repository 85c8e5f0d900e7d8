"""When two doors decide about the same referral at the same moment, does one win and the other learn of it?"""

from __future__ import annotations

import threading

import pytest
from door_scene import send_sheet, sheet_of, site_of
from page_scene import token_on
from sqlmodel import select

from service.db.tables import Move

TURNS = 4
TOLD_OFFICER = ("sudah", "baru saja")


@pytest.fixture
def site(database, home):
    with site_of(database, home, TURNS) as made:
        for row in made.scene.referrals():
            made.scene.reply(row, "acknowledged")
        yield made


def _accept_on_page(site, link, number):
    with site.browser() as browser:
        answer = browser.post(link, data={"aksi": "accepted", "rujukan": number})
    return answer.status_code == 303, answer.text


def _accept_in_table(site, link, number):
    with site.browser() as browser:
        answer = send_sheet(browser, link, sheet_of([{"nomor_rujukan": number, "jawaban": "disanggupi"}]))
    return answer.status_code == 303, answer.text


def _decline_in_table(site, link, number):
    row = {"nomor_rujukan": number, "jawaban": "ditolak", "alasan": "NO_CAPACITY"}
    with site.browser() as browser:
        answer = send_sheet(browser, link, sheet_of([row]))
    return answer.status_code == 303, answer.text


def _accept_by_webhook(site, _link, number):
    with site.program() as program:
        answer = program.tell("referral.accepted", {"referral": number})
    return answer.json()["result"] == "applied", answer.json()["result"]


def _withdraw(site, _link, number):
    with site.officer("operator") as browser:
        csrf = token_on(browser.get(f"/rujukan/{number}"))
        said = {"csrf": csrf, "sebab": "MISTAKE", "dilihat": "acknowledged"}
        answer = browser.post(f"/rujukan/{number}/tarik", data=said)
    return answer.status_code == 303, answer.text


AGENCY = {
    "page": (_accept_on_page, "sudah tidak menunggu jawaban ini"),
    "table": (_accept_in_table, "Sudah dijawab lain atau ditarik sementara itu"),
    "webhook": (_accept_by_webhook, "late"),
}


def _both(site, link, number, *acts):
    """What each was told, in the order of `acts`; they start together."""
    start, told = threading.Barrier(len(acts)), dict[int, tuple[bool, str]]()

    def one(at: int) -> None:
        start.wait()
        told[at] = acts[at](site, link, number)

    threads = [threading.Thread(target=one, args=(at,)) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [told[at] for at in range(len(acts))]


def _decided(site, referral):
    with site.scene.database.read() as session:
        moves = session.exec(select(Move.event).where(Move.subject == "referral", Move.subject_id == referral.id)).all()
    return [event for event in moves if event in ("accepted", "declined", "withdrawn")]


@pytest.mark.parametrize("door", AGENCY)
def test_accept_and_withdraw_over_http(site, door):
    accept, too_late = AGENCY[door]
    link = site.link()
    for row in site.scene.referrals():
        (is_accepted, agency), (is_withdrawn, officer) = _both(site, link, row.number, accept, _withdraw)
        assert is_accepted != is_withdrawn, (agency, officer)
        assert _decided(site, row) == ["accepted" if is_accepted else "withdrawn"]
        if is_withdrawn:
            assert too_late in agency
        else:
            assert any(word in officer for word in TOLD_OFFICER)
    assert site.scene.is_in_balance()


def test_page_and_table_of_the_same_office_over_http(site):
    link = site.link()
    for row in site.scene.referrals():
        (is_accepted, page), (is_declined, table) = _both(site, link, row.number, _accept_on_page, _decline_in_table)
        assert is_accepted != is_declined, (page, table)
        assert _decided(site, row) == ["accepted" if is_accepted else "declined"]
        assert (AGENCY["page"][1] in page) if is_declined else (AGENCY["table"][1] in table)
    assert site.scene.is_in_balance()

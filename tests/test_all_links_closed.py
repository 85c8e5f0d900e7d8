"""Is an office shut out at once when an officer closes everything it was sent?"""

from __future__ import annotations

import json
from datetime import date

import pytest
from commands import caller
from conftest import KEYS
from outsider import add_outsider, sent_referral
from page_scene import token_on
from sqlmodel import select

from service import clock
from service.db.tables import Partner
from service.trust.accounts import officer_by_login
from service.trust.links import close_all_links, new_code_for, new_link, open_links_of
from service.trust.partners import make_link
from service.trust.rights import NoRight

FAR = date(2099, 1, 1)
PATH = "/instansi/dinkop-a"


def _officer(full, role="operator"):
    with full.database.read() as session:
        return officer_by_login(session, f"uji-{role}")


def _more_links(full, count):
    with full.database.write() as session:
        partner = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        return [make_link(session, partner.id, FAR) for _ in range(count)]


def test_one_button_closes_every_link_of_the_office_and_of_no_other(full):
    made = [full.links["agency"], *_more_links(full, 3)]
    browser = full.officer("operator")
    page = browser.get(PATH)
    assert "Semua tautan dinkop-a (contoh) ditutup sekaligus" in page.text
    form = {"csrf": token_on(page)}
    for _ in range(2):
        done = browser.post(f"{PATH}/tautan/tutup", data=form)
        assert (done.status_code, done.headers["location"]) == (303, f"{PATH}?sudah=semua-tautan-ditutup")
    assert {full.stranger().get(f"/r/{link}").status_code for link in made} == {404}
    assert full.stranger().get(f"/r/{full.links['supplier']}").status_code == 200
    after = browser.get(done.headers["location"]).text
    assert "Semua tautan instansi ini ditutup" in after
    assert "Tidak ada tautan yang terbuka." in after
    assert "Ya, tutup semua tautan" not in after


def test_the_code_ends_with_them_and_a_link_made_later_needs_a_new_one(full):
    with full.database.write() as session:
        new_code_for(session, full.house.sealer, _officer(full), "dinkop-a")
    with full.database.write() as session:
        assert close_all_links(session, _officer(full), "dinkop-a", clock.wall()) > 0
    with full.database.write() as session:
        new_link(session, _officer(full), "dinkop-a", FAR)
    with full.database.read() as session:
        [one] = open_links_of(session, _officer(full), "dinkop-a", date(2021, 6, 2))
    assert one.details == "belum dibuat"


def test_who_may_not_close_one_may_not_close_all(full):
    csrf = token_on(full.officer("operator").get(PATH))
    assert full.officer("auditor").post(f"{PATH}/tautan/tutup", data={"csrf": csrf}).status_code == 403
    with full.database.write() as session, pytest.raises(NoRight):
        close_all_links(session, _officer(full, "auditor"), "dinkop-a", clock.wall())
    assert full.officer("operator").post("/instansi/tidak-ada/tautan/tutup", data={"csrf": csrf}).status_code == 404
    assert full.stranger().get(f"/r/{full.links['agency']}").status_code == 200


def test_the_command_closes_them_and_says_how_many(house, monkeypatch, capsys):
    with house.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        sent_referral(session, agency)
        for _ in range(2):
            make_link(session, agency.id, FAR)
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    call = caller(house, monkeypatch, capsys)
    code, said, _ = call("partner", "revoke-links", "dinkop-a", "--json", by="operator")
    assert (code, json.loads(said)) == (0, {"sender": "dinkop-a", "revoked": 2})
    assert call("partner", "revoke-links", "dinkop-a", by="operator")[:2] == (0, "Tidak ada tautan yang terbuka.\n")

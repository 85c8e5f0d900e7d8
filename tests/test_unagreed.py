"""Is a household that does not agree shown as what it is: ready, but not to be referred, and nobody's task?"""

from __future__ import annotations

from datetime import date

import pytest
from factories import make_ready_case
from handoff_scenes import OPERATOR, Scene, make_scene
from page_scene import Pages
from sqlmodel import select

from service.db.tables import Case, Consent, Household
from service.handoff.consents import record_consent, withdraw_consent
from service.handoff.queries.unagreed import referable, unagreed
from service.policy import ReferralRules

WHY = "Keluarga tidak menyetujui rujukan"


@pytest.fixture
def scene(database, home) -> Scene:
    """Two households sent; the first takes its word back a week later. A third is ready, a fourth never agreed."""
    made = make_scene(database, home, households=2)
    made.send_all()
    made.at(date(2021, 6, 9), 9)
    with database.write() as session:
        case = session.exec(select(Case).order_by(Case.id)).first()
        consent = session.exec(select(Consent).where(Consent.case_id == case.id)).one()
        withdraw_consent(session, OPERATOR, consent, made.told(OPERATOR.actor))
        make_ready_case(session, made.cycle_id)
        make_ready_case(session, made.cycle_id, may_be_referred=False)
    return made


@pytest.fixture
def browser(scene):
    pages = Pages(scene.database, scene.home)
    yield pages.officer("operator")
    pages.app.state.prefect.close()


def cases(scene: Scene) -> list[Case]:
    with scene.database.read() as session:
        return list(session.exec(select(Case).order_by(Case.id)))


def test_only_who_can_be_referred_is_counted(scene):
    today = date(2021, 6, 9)
    with scene.database.read() as session:
        assert referable(session, scene.cycle_id, today)[0] == 1
        assert [one.case_id for one in unagreed(session, scene.cycle_id, today)] == [
            one.id for one in (cases(scene)[0], cases(scene)[3])
        ]
        assert referable(session, scene.cycle_id, today, ["36.02"]) == (0, None)
        assert unagreed(session, scene.cycle_id, today, ["36.02"]) == []


def test_who_waits_with_the_agency_is_neither(scene):
    with scene.database.read() as session:
        ids = [one.case_id for one in unagreed(session, scene.cycle_id, date(2021, 6, 9))]
    assert cases(scene)[1].id not in ids


def test_a_consent_that_has_run_out_is_no_consent(scene):
    scene.run()
    with scene.database.write() as session:
        consent = session.exec(select(Consent).where(Consent.case_id == cases(scene)[2].id)).one()
        consent.expires_on = date(2021, 6, 8)
        session.add(consent)
        session.flush()
    for row in scene.referrals()[2:]:
        with scene.database.write() as session:
            from service.handoff.decisions import withdraw_referral

            withdraw_referral(session, OPERATOR, row, "MISTAKE", scene.told(OPERATOR.actor))
    with scene.database.read() as session:
        found = {one.case_id: one for one in unagreed(session, scene.cycle_id, date(2021, 6, 9))}
    assert found[cases(scene)[2].id].expires_on == date(2021, 6, 8)


def test_who_agrees_again_is_to_be_referred_again(scene):
    with scene.database.write() as session:
        case = session.get_one(Case, cases(scene)[0].id)
        record_consent(session, OPERATOR, case, ReferralRules(), scene.told(OPERATOR.actor), source="office")
    with scene.database.read() as session:
        assert referable(session, scene.cycle_id, date(2021, 6, 9))[0] == 2
        assert [one.case_id for one in unagreed(session, scene.cycle_id, date(2021, 6, 9))] == [cases(scene)[3].id]


def test_the_households_page_says_why_it_is_not_referred_and_gives_nobody_the_turn(scene, browser):
    page = browser.get(f"/keluarga/2021/{cases(scene)[0].household_id}").text
    assert f"{WHY}: persetujuannya ditarik 9 Jun 2021." in page
    assert "Surat rujukan dibuat" not in page
    assert "giliran petugas" not in page
    assert "Dirujuk bila keluarga menyetujuinya" in page
    never = browser.get(f"/keluarga/2021/{cases(scene)[3].household_id}").text
    assert f"{WHY}." in never
    other = browser.get(f"/keluarga/2021/{cases(scene)[2].household_id}").text
    assert WHY not in other
    assert "Surat rujukan dibuat" in other


def test_the_task_counts_the_one_that_can_be_referred_and_the_list_names_the_two_that_cannot(scene, browser):
    home = " ".join(browser.get("/").text.split())
    assert "1 keluarga siap dirujuk" in _plain(home)
    page = browser.get("/siklus/2021/menunggu").text
    for which in (0, 3):
        assert f'href="/keluarga/2021/{cases(scene)[which].household_id}"' in page
    assert f'href="/keluarga/2021/{cases(scene)[2].household_id}"' not in page
    assert "Siap, tetapi tidak dirujuk (2)" in page


def test_where_nobody_can_be_referred_there_is_no_task(scene, browser):
    with scene.database.write() as session:
        session.get_one(Household, cases(scene)[2].household_id).may_be_referred = False
    assert "siap dirujuk" not in _plain(browser.get("/").text)


def _plain(page: str) -> str:
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", page).split())

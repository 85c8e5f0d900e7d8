"""Is a household asked by its own facilitator only, and does its answer stand once, as if an officer had written it down?"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from factories import make_officer, make_partner, told_by
from fastapi.testclient import TestClient
from field_scene import field_work
from handoff_scenes import make_agency, make_scene
from outsider import house_of
from page_scene import HTML, token_on
from sqlmodel import select

from service import clock
from service.api.app import create_app
from service.api.field_consents import ALOUD
from service.db.tables import Case, Consent, Household, OutboundMessage
from service.handoff.asking import refuse_consent
from service.handoff.consents import LEAST_FIELDS, NotYourHousehold, record_consent, withdraw_consent
from service.policy import ReferralRules
from service.trust.accounts import add_user, make_session
from service.trust.queries import user_by_login

BASE = "/lapangan/persetujuan"
YES = {"jawaban": "ya", "asal": "visit", "terakhir": "0"}
NO = {"jawaban": "tidak", "terakhir": "0"}
CHANGED = "Persetujuan keluarga ini berubah sejak halaman dibuka"


@pytest.fixture
def field(database, home):
    made = field_work(database, home)
    with database.write() as session:
        for household in session.exec(select(Household)):
            household.may_be_referred = False
    return made


@pytest.fixture
def sent(database, home):
    """(scene, browser of its facilitator, path) of one referral that was sent; the registry had said yes."""
    scene = make_scene(database, home)
    with database.write() as session:
        make_partner(session, "facilitator", "fas-f01")
        token = make_session(session, add_user(session, "fas-f01", "Pendamping contoh", ["facilitator"]).id)
    app = create_app(house_of(database, home, prefect_port=1), sends=False)
    browser = TestClient(app, headers=HTML, cookies={"estafet": token}, follow_redirects=False)
    return scene, browser, f"{BASE}/2021/{scene.case().household_id}"


def _browser(field, login="fas-f01"):
    return TestClient(field.app, headers=HTML, cookies={"estafet": field.sessions[login]}, follow_redirects=False)


def _path(field, number, base=BASE):
    with field.database.read() as session:
        return f"{base}/2021/{session.get_one(Case, field.parcel(number).case_id).household_id}"


def _send(browser, path, form, shown=None):
    return browser.post(path, data={"csrf": token_on(browser.get(shown or path)), **form})


def _consents(database):
    with database.read() as session:
        return session.exec(select(Consent).order_by(Consent.id)).all()


# -- who may ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/2021/1"), ("POST", "/2021/1"), ("POST", "/2021/1/1/tarik")]
)
def test_nobody_and_no_other_role_gets_in(field, method, path):
    assert TestClient(field.app).request(method, BASE + path).status_code == 401
    for role in ("operator", "verifier", "auditor"):
        answer = field.phone(role).browser.request(method, BASE + path, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 403, role


def test_the_list_holds_ones_own_households_and_nobodys_numbers(field):
    page = _browser(field).get(BASE)
    assert page.status_code == 200
    assert page.text.count('<th scope="row">') == len(field.numbers)
    assert page.text.count("Belum ditanya") == len(field.numbers)
    assert _path(field, field.numbers[0]) in page.text
    assert _path(field, field.colleagues[0]) not in page.text
    far = _browser(field, "fas-f09").get(BASE).text
    assert "Belum ada keluarga dampingan" in far


def test_a_household_without_a_parcel_is_that_of_the_facilitator_the_registry_names(sent):
    _, browser, path = sent
    assert path in browser.get(BASE).text


def test_from_the_phones_page_of_a_parcel_one_comes_to_its_household(field):
    answer = _browser(field).get(BASE, params={"paket": field.numbers[0]})
    assert (answer.status_code, answer.headers["location"]) == (303, _path(field, field.numbers[0]))
    assert _browser(field).get(BASE, params={"paket": "PKT-2021-99999"}).status_code == 200
    script = _browser(field).get("/static/lapangan/app.js").text
    assert "/lapangan/persetujuan?paket=" in script


def test_another_facilitators_household_is_refused_at_every_door(field):
    theirs = _path(field, field.colleagues[0])
    with field.database.write() as session:
        case = session.get_one(Case, field.parcel(field.colleagues[0]).case_id)
        officer = make_officer("operator")
        kept = record_consent(session, officer, case, ReferralRules(), told_by(officer, field.work.now)).id
    browser = _browser(field)
    token = token_on(browser.get(_path(field, field.numbers[0])))
    office = theirs.replace(BASE, "/keluarga")
    assert browser.get(theirs).status_code == 403
    for path, form in (
        (theirs, YES),
        (theirs, NO),
        (f"{theirs}/{kept}/tarik", {}),
        (f"{_path(field, field.numbers[0])}/{kept}/tarik", {}),
        (f"{office}/persetujuan", {"asal": "visit"}),
        (f"{office}/persetujuan/{kept}/tarik", {}),
    ):
        answer = browser.post(path, data={"csrf": token, **form})
        assert answer.status_code in (403, 404), path
    assert "Catat persetujuan" not in browser.get(office).text
    assert "Catat persetujuan" in browser.get(_path(field, field.numbers[0], "/keluarga")).text
    [one] = _consents(field.database)
    assert (one.recorded_by, one.withdrawn_at) == (officer.actor, None)


def test_the_functions_themselves_refuse_another_facilitator(field):
    officer, told = make_officer("facilitator", "fas-f02"), told_by(make_officer("facilitator", "fas-f02"), field.work.now)
    case_id = field.parcel(field.numbers[0]).case_id
    with field.database.write() as session:
        case, operator = session.get_one(Case, case_id), make_officer("operator")
        kept = record_consent(session, operator, case, ReferralRules(), told)
        for act in (
            lambda: record_consent(session, officer, case, ReferralRules(), told),
            lambda: refuse_consent(session, officer, case, ReferralRules(), told),
            lambda: withdraw_consent(session, officer, kept, told),
        ):
            with pytest.raises(NotYourHousehold):
                act()


def test_an_account_of_another_regency_or_without_a_device_is_refused(field):
    path = _path(field, field.numbers[0])
    with field.database.write() as session:
        user_by_login(session, "fas-f01").regencies = ["36.02"]
        field.sessions["tamu"] = make_session(session, add_user(session, "tamu", "Tamu", ["facilitator"]).id)
    assert _browser(field).get(path).status_code == 403
    assert path not in _browser(field).get(BASE).text
    assert "belum terhubung" in _browser(field, "tamu").get(BASE).text


# -- what is read aloud -------------------------------------------------------------------------------------------------


def _aloud(page):
    return page[page.index('id="bacakan"') : page.index("</div>", page.index('id="bacakan"'))]


def test_what_it_covers_stands_there_to_be_read_aloud(field):
    with field.database.write() as session:
        make_agency(session, "dinkop")
        make_agency(session, "bank-sini", agency_kind="bank")
        make_agency(session, "bank-jauh", "36.02", agency_kind="bank")
        make_agency(session, "bank-uji", agency_kind="bank", is_sandbox=True)
    path, browser = _path(field, field.numbers[0]), _browser(field)
    page = browser.get(path).text
    aloud = _aloud(page)
    assert "mengembangkan usaha" in aloud
    assert "dinkop (contoh)" in aloud
    assert all(f"<li>{words}</li>" in aloud for words in ALOUD.values())
    assert "bank-sini" in page
    assert "bank-jauh" not in page
    assert "bank-uji" not in page
    named = browser.get(path, params={"penerima": "bank-sini"}).text
    aloud = _aloud(named)
    assert "bank-sini (contoh)" in aloud
    assert {name for name, words in ALOUD.items() if f"<li>{words}</li>" in aloud} == set(LEAST_FIELDS)
    assert browser.get(path, params={"penerima": "tidak-ada"}).status_code == 404


# -- the answer ---------------------------------------------------------------------------------------------------------


def test_a_yes_leaves_the_row_an_officer_would_have_left(field):
    with field.database.write() as session:
        make_agency(session, "bank-sini", agency_kind="bank")
    today, mine, office = clock.today(field.home), *field.numbers[:2]
    for receiver in ("", "bank-sini"):
        form = {**YES, "penerima": receiver, "tanggal": (today - timedelta(3)).isoformat(), "terakhir": "99"}
        done = _send(_browser(field), _path(field, mine), form)
        assert done.status_code == 303
        page = _browser(field).get(done.headers["location"]).text
        assert "Persetujuan tercatat." in page
        form = {"penerima": receiver, "asal": "visit", "tanggal": form["tanggal"]}
        path = _path(field, office, "/keluarga")
        assert _send(_browser(field, "operator"), f"{path}/persetujuan", form, path).status_code == 303
    rows = [row.model_dump(exclude={"id", "case_id", "recorded_at", "recorded_by"}) for row in _consents(field.database)]
    assert rows[0] == rows[1]
    assert rows[2] == rows[3]
    assert [row.recorded_by for row in _consents(field.database)] == ["user:fas-f01", "user:uji-operator"] * 2
    assert (rows[0]["given_on"], rows[0]["receiver_id"], rows[0]["source"]) == (today - timedelta(3), None, "visit")
    with field.database.read() as session:
        kicks = session.exec(select(OutboundMessage).where(OutboundMessage.kind == "kick")).all()
    assert any("handoff" in str(kick.body) or "handoff" in kick.type for kick in kicks)


@pytest.mark.parametrize("form", [YES, {"jawaban": "ya", "asal": "office", "tanggal": "2021-06-01"}])
def test_two_taps_are_one_answer(field, form):
    browser, path = _browser(field), _path(field, field.numbers[0])
    token = token_on(browser.get(path))
    with field.database.write() as session:
        operator = make_officer("operator")
        case = session.get_one(Case, field.parcel(field.numbers[1]).case_id)
        record_consent(session, operator, case, ReferralRules(), told_by(operator, field.work.now))
    for _ in range(3):
        answer = browser.post(path, data={"csrf": token, **form})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?sudah=persetujuan")
    assert len(_consents(field.database)) == 2


def test_two_taps_at_the_same_moment_are_one_answer_too(field):
    officer, case_id, gate = (
        make_officer("facilitator", "fas-f01"),
        field.parcel(field.numbers[0]).case_id,
        threading.Barrier(2),
    )
    told, made = told_by(officer, field.work.now), []

    def tap():
        gate.wait(10)
        with field.database.write() as session:
            made.append(record_consent(session, officer, session.get_one(Case, case_id), ReferralRules(), told, seen=0).id)

    taps = [threading.Thread(target=tap) for _ in range(2)]
    for one in taps:
        one.start()
    for one in taps:
        one.join(30)
    [kept] = _consents(field.database)
    assert made == [kept.id, kept.id]


def test_a_withdrawn_consent_shows_and_a_form_sent_late_does_not_bring_it_back(field):
    browser, path = _browser(field), _path(field, field.numbers[0])
    token = token_on(browser.get(path))
    late = {"csrf": token, **YES}
    assert browser.post(path, data=late).status_code == 303
    [kept] = _consents(field.database)
    assert "Berlaku" in browser.get(path).text
    for _ in range(2):
        answer = browser.post(f"{path}/{kept.id}/tarik", data={"csrf": token})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?sudah=persetujuan-ditarik")
    page = browser.get(path).text
    assert "Ditarik" in page
    assert "Tarik persetujuan" not in page
    assert "Tidak setuju atau ditarik" in browser.get(BASE).text
    refused = browser.post(path, data=late)
    assert refused.status_code == 409
    assert CHANGED in refused.text
    [kept] = _consents(field.database)
    assert (kept.withdrawn_by, kept.withdrawn_at is not None) == ("user:fas-f01", True)
    again = browser.post(path, data={**late, "terakhir": str(kept.id)})
    assert again.status_code == 303
    assert [one.withdrawn_at is None for one in _consents(field.database)] == [False, True]


def test_a_late_no_does_not_undo_a_newer_yes(field):
    browser, path = _browser(field), _path(field, field.numbers[0])
    token = token_on(browser.get(path))
    assert browser.post(path, data={"csrf": token, **YES}).status_code == 303
    assert browser.post(path, data={"csrf": token, **NO}).status_code == 409
    [kept] = _consents(field.database)
    assert kept.withdrawn_at is None


def test_a_no_where_nobody_said_yes_keeps_nothing_and_says_so(field):
    path = _path(field, field.numbers[0])
    done = _send(_browser(field), path, NO)
    assert done.headers["location"] == f"{path}?sudah=tidak-setuju"
    assert "Keluarga tidak setuju." in _browser(field).get(done.headers["location"]).text
    assert _consents(field.database) == []


def test_a_no_to_one_bank_leaves_the_offices_alone_and_the_other_way_round(field):
    with field.database.write() as session:
        bank, office = make_agency(session, "bank", agency_kind="bank"), make_agency(session, "dinkop")
        names = {None: "semua", bank.id: "bank", office.id: "dinkop"}
        officer = make_officer("operator")
        case = session.get_one(Case, field.parcel(field.numbers[0]).case_id)
        for receiver in (None, bank, office):
            record_consent(session, officer, case, ReferralRules(), told_by(officer, field.work.now), receiver=receiver)
    path, browser = _path(field, field.numbers[0]), _browser(field)
    alive = lambda: [names[one.receiver_id] for one in _consents(field.database) if one.withdrawn_at is None]  # noqa: E731
    assert _send(browser, path, {**NO, "terakhir": "9", "penerima": "bank"}).status_code == 303
    assert alive() == ["semua", "dinkop"]
    assert _send(browser, path, {**NO, "terakhir": "9"}).status_code == 303
    assert alive() == []


# -- what follows -------------------------------------------------------------------------------------------------------


def test_a_no_stands_against_what_the_registry_had_said_before(sent):
    scene, browser, path = sent
    assert "Menurut data kabupaten/kota keluarga ini setuju dirujuk" in browser.get(path).text
    assert "Setuju menurut data awal" in browser.get(BASE).text
    assert _send(browser, path, NO).headers["location"] == f"{path}?sudah=persetujuan-ditarik"
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_CONSENT"]
    assert "Menurut data kabupaten/kota" not in browser.get(path).text
    assert _send(browser, path, NO).headers["location"] == f"{path}?sudah=tidak-setuju"
    [kept] = _consents(scene.database)
    assert (kept.source, kept.withdrawn_by) == ("registry", "user:fas-f01")
    assert _send(browser, path, {**YES, "terakhir": str(kept.id)}).status_code == 303
    assert scene.run()["draft_referrals"].moved == 1


def test_a_no_counts_also_before_the_household_is_ready(field):
    with field.database.write() as session:
        household = session.get_one(Case, field.parcel(field.numbers[0]).case_id).household_id
        session.get_one(Household, household).may_be_referred = True
    assert _send(_browser(field), _path(field, field.numbers[0]), NO).status_code == 303
    [kept] = _consents(field.database)
    assert (kept.source, kept.withdrawn_at is not None) == ("registry", True)


def test_a_no_takes_an_open_referral_back_and_tells_its_agency(sent):
    scene, browser, path = sent
    scene.send_all()
    assert [row.status for row in scene.referrals()] == ["sent"]
    page = browser.get(path)
    assert "yang tercatat ditarik" in page.text
    [kept] = _consents(scene.database)
    assert browser.post(path, data={"csrf": token_on(page), **NO, "terakhir": str(kept.id)}).status_code == 303
    assert [(row.status, row.reason) for row in scene.referrals()] == [("withdrawn", "CONSENT_WITHDRAWN")]
    assert scene.mails()[-1].type.startswith("Persetujuan ditarik")
    assert scene.is_in_balance()


# -- what is wrong on the form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "field_id", "why"),
    [
        ({}, "jawaban", "Pilih jawaban keluarga"),
        ({"jawaban": "mungkin"}, "jawaban", "Pilih jawaban keluarga"),
        ({"jawaban": "ya", "tanggal": "kemarin"}, "tanggal", "Tulis tanggal sebagai"),
        ({"jawaban": "ya", "tanggal": "2099-01-01"}, "tanggal", "belum tiba"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(field, form, field_id, why):
    answer = _send(_browser(field), _path(field, field.numbers[0]), {"asal": "office", **form})
    assert answer.status_code == 422
    assert f'id="{field_id}-salah">' in answer.text
    assert why in answer.text
    assert '<option value="office" selected>' in answer.text
    assert form.get("tanggal", "") in answer.text
    if form.get("jawaban") == "ya":
        assert 'value="ya" checked' in answer.text
    assert _consents(field.database) == []


def test_what_no_form_of_ours_sends_is_refused_too(field):
    for form in ({**YES, "asal": "registry"}, {**YES, "terakhir": "-1"}, {**YES, "penerima": "pemasok-x"}):
        assert _send(_browser(field), _path(field, field.numbers[0]), form).status_code in (404, 422), form
    assert _browser(field).get(f"{BASE}/2021/999999").status_code == 404
    assert _browser(field).get(f"{BASE}/1999/1").status_code == 404
    without = _browser(field).post(_path(field, field.numbers[0]), data=YES)
    assert without.status_code == 403
    assert _consents(field.database) == []


def test_an_officers_two_clicks_are_one_consent_too(field):
    browser, path = _browser(field, "operator"), _path(field, field.numbers[0], "/keluarga")
    for _ in range(2):
        assert _send(browser, f"{path}/persetujuan", {"asal": "office"}, path).status_code == 303
    assert len(_consents(field.database)) == 1
